import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createAgentRegistry } from '../../../src/agents/agent-registry.ts';
import { defineAgent } from '../../../src/agents/define-agent.ts';
import { defineKind } from '../../../src/agents/define-kind.ts';
import type { LifecycleState } from '../../../src/domain/actual.ts';
import type { ResourceKey } from '../../../src/domain/identity.ts';
import { absent } from '../../../src/domain/outcome.ts';
import { startDriftWatch } from '../../../src/runtime/drift-watch.ts';
import { createTestState, sampleActual } from '../state/samples.ts';

/** What is told of is looked at together, every half second. */
const intervalMs = 500;
const keyOf = (name: string): ResourceKey => ({ tenant: 'default', kind: 'Widget', name });
let tell: (key: ResourceKey) => void;
const Widget = defineKind({
  kind: 'Widget',
  spec: z.strictObject({}),
  status: z.strictObject({}),
  observe: async () => absent(),
  wanted: () => ({}),
  watch: ({ signal }, changed) => {
    tell = changed;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  },
});

const { state } = createTestState();
let reads: { readonly name: string; readonly at: number }[];
let stop: () => Promise<void>;
beforeEach(() => {
  reads = [];
  const agent = defineAgent({ name: 'widgets', purpose: 'Tells', kinds: [Widget], tools: [], rules: { Widget: {} } });
  const read: typeof state.resources.read = async (key) => {
    reads.push({ name: key.name, at: performance.now() });
    // As from a server: never before the next turn of the event loop.
    await setImmediate();
    return await state.resources.read(key);
  };
  stop = startDriftWatch({
    registry: createAgentRegistry([agent]),
    state: { ...state, resources: { ...state.resources, read } },
    host: 'host-1',
    log: { info: () => undefined, warn: () => undefined },
    settings: {
      approvalExpiresAfterMs: 1_000,
      retryFirstMs: 1_000,
      retryLongestMs: 8_000,
      modes: { default: 'act', kinds: {}, tenants: {} },
    },
  });
});
afterEach(() => stop());

const record = (name: string, lifecycle: LifecycleState) =>
  state.changeActual(keyOf(name), () => ({
    ...sampleActual({ state: lifecycle }),
    metadata: { name, tenant: 'default' },
  }));
const readsOf = (name: string) => reads.filter((one) => one.name === name);

test("what is in a run's hands is looked at once in an interval, until the run has ended", async () => {
  await record('busy', 'Updating');
  tell(keyOf('busy'));
  await sleep(4.5 * intervalMs);
  const times = readsOf('busy').map(({ at }) => at);
  expect(times.length).toBeGreaterThanOrEqual(2);
  expect(times.length).toBeLessThanOrEqual(5);
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  expect(Math.min(...gaps)).toBeGreaterThan(0.9 * intervalMs);
  await record('busy', 'Running');
  await sleep(1.5 * intervalMs);
  const before = readsOf('busy').length;
  await sleep(1.5 * intervalMs);
  expect(readsOf('busy')).toHaveLength(before);
});
