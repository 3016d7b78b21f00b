import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApprovalRequest, Decision } from '../../src/domain/approval.ts';
import { toCodedErrors } from '../../src/domain/failure.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { createDecisionDoor, type DecisionDoor } from '../../src/starters/decision-door.ts';
import { createTemporalRunMessages } from '../../src/starters/temporal-run-messages.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { freezeProcess } from '../support/freeze-process.ts';
import { createRandom, listSeeds, shuffle, sizeOf } from '../support/seeds.ts';
import { widgetKey } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Fault rows 38 and 41: decisions that come early, twice, late, against each other, and where the clock is wrong. */
let bed: FaultBed;
let door: DecisionDoor;
beforeAll(async () => {
  bed = await startFaultBed();
  const { client, state } = bed.servers;
  door = createDecisionDoor({
    state,
    messages: createTemporalRunMessages({ client, close: () => Promise.resolve() }),
  });
});
afterAll(() => bed?.stop());

type Verdict = 'approved' | 'rejected';
type Answer = { readonly asked: Verdict; readonly verdict?: Verdict; readonly code?: string };

/** What a person is told who decides by our door. */
const decide = (resource: ResourceKey, seal: string, asked: Verdict): Promise<Answer> =>
  door.decide({ resource, seal, verdict: asked, approver: `${asked}-by-update` }).then(
    ({ verdict }) => ({ asked, verdict }),
    (error: unknown) => ({ asked, code: toCodedErrors(error)[0]?.code ?? String(error) }),
  );

async function askToRemove(keys: readonly ResourceKey[]): Promise<void> {
  await Promise.all(keys.map((key) => bed.put(key.name, { size: 1 })));
  for (const key of keys) await bed.running(key);
  await Promise.all(keys.map((key) => bed.remove(key)));
}

const requestOf = (key: ResourceKey): Promise<ApprovalRequest> =>
  waitFor(`a request for ${key.name}`, async () => {
    const requests = await bed.servers.state.approvals.list(key.tenant);
    return requests.find(({ resource }) => resource.name === key.name);
  });

/** A preload that sets the clock of a process wrong, see there. */
const shiftedClock = new URL('../support/shifted-clock.ts', import.meta.url).href;
const agoMs = (date: string) => Date.now() - Date.parse(date);

const hasObject = async (key: ResourceKey) => Object.hasOwn(await bed.effects.objects(), externalNameOf(key));

describe('row 38: of many decisions at once one wins, everybody is told which, and only it has effects', () => {
  const seeds = listSeeds(sizeOf({ atCommit: 8, beforeRelease: 20 }));
  const keyOf = (seed: number) => widgetKey(`contested-${seed}`);
  const decisions: Decision[] = [];
  beforeAll(async () => {
    await bed.start();
    await askToRemove(seeds.map(keyOf));
  });

  test.each(seeds)('seed %i', async (seed) => {
    const key = keyOf(seed);
    const { seal } = await requestOf(key);
    await bed.condition(key, 'AwaitingApproval');
    const random = createRandom(seed);
    const signal = async (name: 'approve' | 'reject') => {
      await bed.signal(key, name, { seal, approver: `${name}-by-signal` }).catch((error: unknown) => {
        // Somebody was faster, and the run has ended.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
    };
    const people = [
      () => signal('approve'),
      () => signal('reject'),
      () => decide(key, seal, 'approved'),
      () => decide(key, seal, 'rejected'),
      () => decide(key, seal, 'approved'),
      () => decide(key, seal, 'rejected'),
    ];
    const said = shuffle(people, random).map(async (speak) => {
      await sleep(random() * 30);
      return speak();
    });
    const answers = (await Promise.all(said)).filter((answer) => answer !== undefined);

    const request = await waitFor('the decision', async () => {
      const found = await bed.servers.state.approvals.get(key.tenant, seal);
      return found?.state === 'pending' ? undefined : found;
    });
    expect(['approved', 'rejected']).toContain(request.state);
    expect(request.decision?.verdict).toBe(request.state);
    decisions.push(request.decision!);
    for (const { asked, ...told } of answers) {
      expect(told).toEqual(asked === request.state ? { verdict: asked } : { code: 'ALREADY_DECIDED' });
    }
    await bed.checkOracle(key);
    expect(await hasObject(key)).toBe(request.state === 'rejected');
    const audit = await bed.servers.state.audit.list(key);
    expect(audit.filter(({ type }) => type === 'approval-decided')).toHaveLength(1);
    expect(audit.filter(({ type }) => type === 'approval-requested')).toHaveLength(1);
  });

  test('over all seeds either verdict has won, and somebody by signal', () => {
    expect(new Set(decisions.map(({ verdict }) => verdict))).toEqual(new Set(['approved', 'rejected']));
    expect(decisions.map(({ approver }) => approver)).toContainEqual(expect.stringMatching(/-by-signal$/));
  });
});

test('row 38: early: a decision before anything waits is NOT_WAITING, and decides nothing later', async () => {
  const key = widgetKey('early');
  await askToRemove([widgetKey('other')]);
  const foreign = (await requestOf(widgetKey('other'))).seal;
  await bed.effects.setBehaviour({ delayMs: 1_000 });
  await bed.put(key.name, { size: 1 });
  await waitFor('the run to be under way', async () => (await bed.status(key))?.state === 'Creating');
  for (const seal of ['a'.repeat(64), foreign]) {
    await bed.signal(key, 'approve', { seal, approver: 'ann' });
    expect(await decide(key, seal, 'approved')).toMatchObject({
      code: seal === foreign ? 'SEAL_MISMATCH' : 'NOT_WAITING',
    });
  }
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.running(key);
  await bed.remove(key);
  await bed.condition(key, 'AwaitingApproval');
  await bed.checkOracle(key);
  expect(await hasObject(key)).toBe(true);
});

test('row 38: twice: the same is answered the same, the opposite is ALREADY_DECIDED, also when the run has ended', async () => {
  const key = widgetKey('twice');
  await askToRemove([key]);
  const { seal } = await requestOf(key);
  const first = await door.decide({ resource: key, seal, verdict: 'approved', approver: 'ann' });
  for (const ended of [false, true]) {
    if (ended) await bed.gone(key);
    expect(await door.decide({ resource: key, seal, verdict: 'approved', approver: 'bob' })).toEqual(first);
    expect(await decide(key, seal, 'rejected')).toEqual({ asked: 'rejected', code: 'ALREADY_DECIDED' });
  }
  await bed.checkOracle(key);
});

test('row 38: late: a decision after the time is over is APPROVAL_EXPIRED, by every door, and removes nothing', async () => {
  const key = widgetKey('late');
  await bed.killRuntimes();
  const runtime = await bed.start({ environment: { HOMEOSTAT_APPROVALS_EXPIRE_AFTER: '4s' } });
  await askToRemove([key]);
  await bed.condition(key, 'AwaitingApproval');
  // Asleep, so that the signal finds a run that has not noticed that its time is over.
  await freezeProcess(runtime.process.pid!);
  const { seal, expiresAt } = await requestOf(key);
  await sleep(Date.parse(expiresAt) - Date.now() + 500);
  await bed.signal(key, 'approve', { seal, approver: 'ann' });
  runtime.process.kill('SIGCONT');
  await bed.condition(key, 'Blocked', 'ApprovalExpired');
  expect(await decide(key, seal, 'approved')).toMatchObject({ code: 'APPROVAL_EXPIRED' });
  await bed.checkOracle(key);
  expect(await hasObject(key)).toBe(true);
});

test('row 38: a yes that comes while no runtime is there counts when the next one starts, once', async () => {
  const key = widgetKey('absent');
  await bed.killRuntimes();
  const runtime = await bed.start();
  await askToRemove([key]);
  const { seal } = await requestOf(key);
  await bed.condition(key, 'AwaitingApproval');
  await runtime.kill();
  await bed.signal(key, 'approve', { seal, approver: 'ann' });
  await bed.signal(key, 'reject', { seal, approver: 'bob' });
  await bed.start();
  await bed.gone(key);
  await bed.checkOracle(key);
  expect(bed.effectsOn(key).map(({ action }) => action)).toEqual(['put', 'remove']);
});

const hourMs = 60 * 60 * 1_000;
const toleranceMs = 60_000;

test.each([
  { clock: 'three days ahead', offsetMs: 72 * hourMs },
  { clock: 'an hour behind', offsetMs: -hourMs },
])('row 41: a runtime whose clock is $clock asks, waits and hears by the time of the run', async ({ offsetMs }) => {
  await bed.killRuntimes();
  const runtime = await bed.start({
    environment: { NODE_OPTIONS: `--import=${shiftedClock}`, HOMEOSTAT_TEST_CLOCK_MS: String(offsetMs) },
  });
  const [said] = /"time":"[^"]+"/.exec(runtime.logText()) ?? [];
  const { time } = JSON.parse(`{${said}}`) as { time: string };
  expect(Math.abs(agoMs(time) + offsetMs)).toBeLessThan(toleranceMs);
  const [key] = await bed.putMany([
    { name: `mistimed-${Math.abs(offsetMs)}`, spec: { size: 1 }, annotations: { 'homeostat.io/mode': 'propose' } },
  ]);
  const { seal, requestedAt, expiresAt } = await requestOf(key!);
  expect(Math.abs(agoMs(requestedAt))).toBeLessThan(toleranceMs);
  expect(Math.abs(agoMs(expiresAt) + 24 * hourMs)).toBeLessThan(toleranceMs);
  expect(await decide(key!, seal, 'approved')).toMatchObject({ verdict: 'approved' });
  await bed.running(key!);
  expect(bed.effectsOn(key!)).toHaveLength(1);
  // The server counts its lease.
  expect(await bed.servers.state.hosts.list()).toHaveLength(1);
  await bed.checkOracle(key!);
});
