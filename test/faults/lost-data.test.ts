import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ApprovalRequest } from '../../src/domain/approval.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import { createDecisionDoor } from '../../src/starters/decision-door.ts';
import { createTemporalRunMessages } from '../../src/starters/temporal-run-messages.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { runProgram } from '../support/run-program.ts';
import { binaryOf } from '../support/test-servers.ts';
import { widgetKey } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** What docs/operations.md says of restoring: one server's data is lost or put back, the other's and the world are not. */
let bed: FaultBed;
beforeEach(async () => {
  bed = await startFaultBed();
});
afterEach(() => bed?.stop());

const dataOf = (server: 'temporal' | 'etcd') => join(bed.servers.folder, 'data', server);

async function killServer(server: 'temporal' | 'etcd'): Promise<void> {
  const pid = await bed.servers.pidOf(server);
  process.kill(pid, 'SIGKILL');
  await waitFor(`${server} to be gone`, () => !isThere(pid));
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

/** As the operator's manual says; gives the snapshot's file. */
async function saveSnapshot(): Promise<string> {
  const file = join(bed.servers.folder, 'snapshot.db');
  await run(binaryOf('ETCDCTL'), [`--endpoints=${bed.servers.etcdEndpoints[0]}`, 'snapshot', 'save', file]);
  return file;
}

/** Puts etcd back to the snapshot, at a revision beyond everything that was seen since. */
async function restoreSnapshot(file: string): Promise<void> {
  await killServer('etcd');
  const data = join(dataOf('etcd'), 'data');
  await rm(data, { recursive: true });
  // The member's name as the embedded etcd is started with.
  const member = ['--name=homeostat', '--initial-cluster=homeostat=http://127.0.0.1:2380'];
  const place = [`--data-dir=${data}`, '--initial-advertise-peer-urls=http://127.0.0.1:2380'];
  const revision = ['--bump-revision=1000000000', '--mark-compacted'];
  await run(binaryOf('ETCDUTL'), ['snapshot', 'restore', file, ...member, ...place, ...revision]);
  await bed.servers.restart();
}

const requestOf = (key: ResourceKey, not?: string): Promise<ApprovalRequest> =>
  waitFor(`a request for ${key.name}`, async () => {
    const pending = await bed.servers.state.approvals.list(key.tenant, 'pending');
    return pending.find(({ resource, seal }) => resource.name === key.name && seal !== not);
  });

const approve = async (key: ResourceKey, seal: string) => {
  await bed.condition(key, 'AwaitingApproval');
  await bed.signal(key, 'approve', { seal, approver: 'operator' });
};

const retry = (key: ResourceKey) =>
  createDecisionDoor({
    state: bed.servers.state,
    messages: createTemporalRunMessages({ client: bed.servers.client, close: () => Promise.resolve() }),
  }).retry(key);

const sizeOf = async (key: ResourceKey) => (await bed.effects.objects())[externalNameOf(key)]?.size;

test.each([
  { when: 'while no runtime runs', isRuntimeStopped: true },
  { when: 'under a running runtime', isRuntimeStopped: false },
])(
  'etcd put back to a snapshot $when: what it says is brought about, and nothing is done twice',
  async ({ isRuntimeStopped }) => {
    const runtime = await bed.start();
    const kept = await bed.put('kept', { size: 1 });
    const changed = await bed.put('changed', { size: 1 });
    const leaving = await bed.put('leaving', { size: 1 });
    const removed = await bed.put('removed', { size: 1 });
    for (const key of [kept, changed, leaving, removed]) await bed.running(key);
    await bed.remove(leaving);
    const { seal } = await requestOf(leaving);
    const snapshot = await saveSnapshot();

    // All this is forgotten by etcd, and remembered by Temporal and by the world.
    await bed.put('changed', { size: 2 });
    const later = await bed.put('later', { size: 3 });
    await approve(leaving, seal);
    await bed.remove(removed);
    await approve(removed, (await requestOf(removed)).seal);
    for (const key of [changed, later]) await bed.running(key);
    for (const key of [leaving, removed]) await bed.gone(key);
    if (isRuntimeStopped) await runtime.kill('SIGTERM');
    await restoreSnapshot(snapshot);
    if (isRuntimeStopped) await bed.start();

    // Its removal was asked for and not yet decided, as far as etcd knows: it is gone already, so nobody is asked again.
    await bed.gone(leaving);
    expect(bed.effectsOn(leaving).map(({ action }) => action)).toEqual(['put', 'remove']);
    // Settled, as far as etcd knows: the next sweep would see that they are not. Here somebody asks for a look.
    for (const key of [changed, removed]) await retry(key);
    for (const key of [changed, removed]) {
      await waitFor(`${key.name} to be as it was`, async () => (await sizeOf(key)) === 1);
      await bed.running(key);
    }
    expect(bed.effectsOn(removed).map(({ action }) => action)).toEqual(['put', 'remove', 'put']);
    expect(bed.effectsOn(kept)).toHaveLength(1);
    // Nobody knows of it any more, and it is left alone; asked for again, it is taken over as it is.
    expect(await sizeOf(later)).toBe(3);
    await bed.put('later', { size: 3 });
    await bed.running(later);
    expect(bed.effectsOn(later)).toHaveLength(1);
    const next = await bed.put('next', { size: 1 });
    await bed.running(next);
    await bed.checkOracle(kept, next);
  },
);

test('etcd put back to a moment between an effect and its receipt: the effect is found, and not repeated', async () => {
  const key = widgetKey('between');
  const runtime = await bed.start({ gate: { name: 'after-effect', passing: 2, on: externalNameOf(key) } });
  await bed.put(key.name, { size: 2, steps: 3 });
  await runtime.gateReached();
  const snapshot = await saveSnapshot();
  runtime.openGate();
  await bed.running(key);
  // A run that is still ending has read what is desired, and takes the same revision for no news.
  await bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key)).result();
  await runtime.kill('SIGTERM');
  await restoreSnapshot(snapshot);
  await bed.start();
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(3);
  expect(await bed.servers.state.ledger.listOpen(key)).toEqual([]);
});

test("Temporal's data lost: settled resources stay alone, work goes on where it stood, and questions are asked again", async () => {
  const interrupted = widgetKey('interrupted');
  const runtime = await bed.start({
    gate: { name: 'after-effect', passing: 2, on: externalNameOf(interrupted) },
  });
  const settled = await bed.put('settled', { size: 1 });
  const leaving = await bed.put('leaving', { size: 1 });
  for (const key of [settled, leaving]) await bed.running(key);
  await bed.remove(leaving);
  const { seal: lost } = await requestOf(leaving);
  await bed.put(interrupted.name, { size: 2, steps: 3 });
  await runtime.gateReached();
  await runtime.kill();

  await killServer('temporal');
  await rm(dataOf('temporal'), { recursive: true });
  await bed.servers.restart();
  await bed.start();

  await bed.running(interrupted);
  const { seal } = await requestOf(leaving, lost);
  await approve(leaving, seal);
  await bed.gone(leaving);
  expect(await bed.runsOf(settled)).toBe(0);
  expect(bed.effectsOn(settled)).toHaveLength(1);
  await bed.checkOracle(interrupted, leaving);
});
