import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createAgentRegistry } from '../../../src/agents/agent-registry.ts';
import { defineAgent } from '../../../src/agents/define-agent.ts';
import { defineKind } from '../../../src/agents/define-kind.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import type { ResourceKey } from '../../../src/domain/identity.ts';
import { createKeys } from '../../../src/domain/keys.ts';
import { absent } from '../../../src/domain/outcome.ts';
import { startIssueChecks, type CheckOutcome, type IssueChecks } from '../../../src/runtime/issue-checks.ts';
import type { IssueReport } from '../../../src/starters/read-issue-report.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createStateOver, type State } from '../../../src/state/state.ts';
import { activitySettings } from '../../support/activity-context.ts';

/** A thing that is well or not as the test says, looked at in pretended time. */
let isWell: boolean | undefined;
let looks: number;
let lookMs: number;
let busiest: number;
let busy: number;
const Lamp = defineKind({
  kind: 'Lamp',
  spec: z.strictObject({ watched: z.boolean().default(true) }),
  status: z.strictObject({}),
  observe: async () => absent(),
  wanted: () => ({}),
  issues: {
    dark: {
      severity: 'critical',
      pace: ({ watched }) => (watched ? { everyMs: 1_000, failures: 3 } : undefined),
      async check() {
        looks += 1;
        busy += 1;
        busiest = Math.max(busiest, busy);
        await new Promise((resolve) => setTimeout(resolve, lookMs));
        busy -= 1;
        if (isWell === undefined) throw new Error('cannot see');
        return { isGood: isWell, detail: isWell ? 'it shines' : 'it is dark' };
      },
    },
  },
});
const keyOf = (name: string): ResourceKey => ({ tenant: 'default', kind: 'Lamp', name });

let state: State;
let checks: IssueChecks;
let sent: IssueReport[];
let outcomes: CheckOutcome[];
let sendFails: boolean;
beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-21T12:00:00.000Z') });
  [isWell, looks, lookMs, busiest, busy, sent, outcomes, sendFails] = [true, 0, 10, 0, 0, [], [], false];
  const agent = defineAgent({ name: 'lamps', purpose: 'Keeps lamps', kinds: [Lamp], tools: [], rules: { Lamp: {} } });
  state = createStateOver(createMemoryStore(), createKeys('/test'));
  checks = startIssueChecks({
    dependencies: {
      registry: createAgentRegistry([agent]),
      state,
      host: 'host-1',
      log: { info: () => undefined, warn: () => undefined },
      settings: activitySettings,
    },
    sender: {
      async send(report) {
        if (sendFails) throw new Error('Temporal is away');
        sent.push(report);
      },
    },
    concurrency: 4,
    count: (_, outcome) => outcomes.push(outcome),
  });
});
afterEach(async () => {
  const stopped = checks.stop();
  await pass(1);
  await stopped;
  vi.useRealTimers();
});

async function light(name: string, spec: { watched: boolean } = { watched: true }): Promise<void> {
  const key = keyOf(name);
  const value = JSON.stringify({ apiVersion: 'homeostat/v1', kind: 'Lamp', metadata: { name }, spec });
  await state.store.commit([], [{ type: 'put', key: state.keys.desired(key), value }]);
  const { desired } = await state.resources.read(key);
  await state.changeActual(key, () => ({
    apiVersion: 'homeostat/v1',
    kind: 'Lamp',
    metadata: { name, tenant: 'default' },
    id: '1',
    status: { state: 'Running', settledRevision: desired!.modRevision, drifted: false, failures: 0, conditions: [] },
  }));
  checks.onChange(`default/Lamp/${name}`, { key, kind: Lamp, spec });
}
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000);
const putIncident = (incident: Pick<Incident, 'state' | 'openedAt'> & { closedAt?: string }) =>
  state.incidents.change(keyOf('a'), 'dark', () => ({ result: undefined, next: incident as Incident }));

test('a fault is reported after so many bad looks, once, and its end once', async () => {
  await light('a');
  await pass(5);
  expect(sent).toEqual([]);
  isWell = false;
  await pass(60);
  expect(sent).toMatchObject([
    {
      resource: keyOf('a'),
      message: {
        status: 'firing',
        issue: {
          type: 'dark',
          resource: 'Lamp/a',
          severity: 'critical',
          summary: 'it is dark',
          evidence: ["seen by the runtime's own check, 3 times in a row"],
        },
      },
    },
  ]);
  isWell = true;
  await pass(10);
  expect(sent.slice(1)).toMatchObject([{ message: { status: 'resolved', issue: { summary: 'it shines' } } }]);
  expect(outcomes.filter((outcome) => outcome === 'reported' || outcome === 'recovered')).toHaveLength(2);
});

test('a clock that is set back stops no look, and a fault that stays is told again all the same', async () => {
  await light('a');
  isWell = false;
  await pass(10);
  expect(sent).toHaveLength(1);
  vi.setSystemTime(Date.parse('2026-11-20T12:00:00.000Z'));
  const before = looks;
  await pass(10);
  expect(looks - before).toBeGreaterThan(7);
  await pass(10 * 60);
  expect(sent).toHaveLength(2);
});

test('two bad looks and a good one are nothing', async () => {
  await light('a');
  isWell = false;
  await vi.waitUntil(async () => (await pass(0.1), looks === 2), { timeout: 10_000 });
  await pass(0.1);
  isWell = true;
  await pass(3);
  expect(sent).toEqual([]);
});

test('a look that could not look counts neither way', async () => {
  isWell = undefined;
  await light('a');
  await pass(30);
  expect(looks).toBeGreaterThan(10);
  expect(sent).toEqual([]);
  expect(new Set(outcomes)).toEqual(new Set(['unseen']));
});

test('while an incident is open nothing is said, and after one people were given neither', async () => {
  isWell = false;
  await putIncident({ state: 'open', openedAt: new Date().toISOString() });
  await light('a');
  await pass(60);
  expect(sent).toEqual([]);
  const at = new Date().toISOString();
  await putIncident({ state: 'escalated', openedAt: at, closedAt: at });
  await pass(1_800);
  expect(sent).toEqual([]);
  // Another hour later it has never been well since: people have it.
  await pass(3_600);
  expect(sent).toEqual([]);
});

test('what does not run here any more is not looked at, and of one that only now fails nothing old counts', async () => {
  isWell = false;
  await light('a');
  await vi.waitUntil(async () => (await pass(0.1), looks === 2), { timeout: 10_000 });
  checks.onChange('default/Lamp/a', undefined);
  await pass(20);
  expect(looks).toBe(2);
  expect(sent).toEqual([]);
});

test('a report that could not be sent is sent with the next look', async () => {
  isWell = false;
  sendFails = true;
  await light('a');
  await pass(10);
  sendFails = false;
  await pass(2);
  expect(sent).toHaveLength(1);
});

/** A fault that was told of, and is over, which could not be sent. */
async function endUnheard(): Promise<void> {
  isWell = false;
  await light('a');
  await pass(10);
  [isWell, sendFails] = [true, true];
  await pass(10);
}

test('an end that could not be sent is sent with the next good look, once', async () => {
  await endUnheard();
  expect(sent).toHaveLength(1);
  sendFails = false;
  await pass(5);
  expect(sent.map(({ message }) => message.status)).toEqual(['firing', 'resolved']);
});

test('a fault that comes again is reported, though nobody could be told of the end of the one before', async () => {
  await endUnheard();
  [isWell, sendFails] = [false, false];
  await pass(10);
  expect(sent.map(({ message }) => message.status)).toEqual(['firing', 'firing']);
});

test('many slow checks are made a few at a time, and none is left out', async () => {
  lookMs = 300;
  for (let index = 0; index < 20; index += 1) await light(`lamp-${index}`);
  await pass(12);
  expect(busiest).toBeLessThanOrEqual(4);
  expect(looks).toBeGreaterThanOrEqual(60);
});

test('with nothing to check there is not even a timer', async () => {
  await light('a', { watched: false });
  expect(vi.getTimerCount()).toBe(0);
});
