import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HomeostatError } from '../../src/domain/failure.ts';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { startEtcd, type EtcdProcess } from '../integration/state/etcd-process.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { runProgram } from '../support/run-program.ts';
import { scrape } from '../support/scrape.ts';
import { binaryOf } from '../support/test-servers.ts';
import { expectBothCarriedOut, expectNothingBegun, holdTwoPlans } from '../support/two-plans-held.ts';
import { waitFor } from '../support/wait-for.ts';

/** Fault row 23: etcd goes over its quota in the middle of plans. */
let etcd: EtcdProcess;
let bed: FaultBed;
beforeAll(async () => {
  etcd = await startEtcd(`--quota-backend-bytes=${16 * 1024 * 1024}`);
  bed = await startFaultBed('keyed', { endpoints: [etcd.endpoint] });
});
afterAll(async () => {
  await bed?.stop();
  await etcd?.close();
});

/** Past a health check and several tries of a receipt and of a step that has not begun. */
const fullMs = 3_000;

/** Overwrites one key, so that compacting gives the space back. */
async function fill(): Promise<void> {
  const value = 'x'.repeat(1_000_000);
  const write = () => bed.servers.state.store.commit([], [{ type: 'put', key: '/filler', value }]);
  await waitFor('etcd to be full', () => write().then(() => undefined, isFull));
}

const isFull = (error: unknown) => error instanceof HomeostatError && error.code === 'STORE_FULL';

/** As the operator's manual says. */
async function makeRoom(): Promise<void> {
  const { entry } = await bed.servers.state.store.get('/filler');
  const patient = '--command-timeout=10m';
  const compact = ['compact', String(entry!.modRevision), '--physical', patient];
  for (const args of [compact, ['defrag', '--cluster', patient], ['alarm', 'disarm']]) {
    const { code, stderr } = await runProgram(binaryOf('ETCDCTL'), [`--endpoints=${etcd.endpoint}`, ...args]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }
}

test('row 23: over its quota mid-plan: STORE_FULL is shown, nothing is begun or repeated, and all goes on when there is room', async () => {
  const plans = await holdTwoPlans(bed);
  const { done, ahead, runtime } = plans;
  await fill();
  runtime.openGate();
  const full = await waitFor('readiness to say so', async () => {
    const { ready, checks } = await runtime.health();
    return !ready && checks.store;
  });
  expect(full.detail).toContain('STORE_FULL');
  const { healthUrl } = runtime;
  expect((await scrape(healthUrl)).value('homeostat_store_full')).toBe(1);
  await sleep(fullMs);
  expectNothingBegun(bed, plans);
  const { raw } = await bed.servers.client.workflow.getHandle(toReconcileWorkflowId(ahead)).describe();
  expect(raw.pendingActivities?.[0]?.lastFailure?.message).toContain('STORE_FULL');

  await makeRoom();
  await expectBothCarriedOut(bed, plans, 10_000);
  await waitFor('readiness', async () => (await runtime.health()).ready);
  expect((await scrape(healthUrl)).value('homeostat_store_full')).toBe(0);
  await bed.checkOracle(done, ahead);
});
