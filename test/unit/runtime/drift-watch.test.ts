import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createAgentRegistry } from '../../../src/agents/agent-registry.ts';
import { defineAgent } from '../../../src/agents/define-agent.ts';
import { defineKind } from '../../../src/agents/define-kind.ts';
import type { LifecycleState } from '../../../src/domain/actual.ts';
import type { ResourceKey } from '../../../src/domain/identity.ts';
import { absent } from '../../../src/domain/outcome.ts';
import { apiVersion, parseResource } from '../../../src/domain/resource.ts';
import { startDriftWatch } from '../../../src/runtime/drift-watch.ts';
import { createTestState, sampleActual } from '../state/samples.ts';
import { activitySettings } from '../../support/activity-context.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';
import { waitFor } from '../../support/wait-for.ts';

useFakeTime();
/** What is told of is looked at together, every half second. */
const intervalMs = 500;
const keyOf = (name: string, kind = 'Widget'): ResourceKey => ({ tenant: 'default', kind, name });
let tell: (key: ResourceKey) => void;
/** Ends the watch of a kind as one that fails. */
const fail = new Map<string, () => void>();
/** Names of what was observed, in order; what `broken` names cannot be, and what hangs is called so. */
let observed: string[];
let broken: Set<string>;
/** Whether the watches heed no signal. */
let isDeaf = false;
const defineTold = <const Name extends string>(kind: Name) =>
  defineKind({
    kind,
    spec: z.strictObject({}),
    status: z.strictObject({}),
    observe: async ({ signal }, { key }) => {
      observed.push(key.name);
      if (broken.has(key.name)) throw new Error('cannot look');
      if (key.name.startsWith('hangs')) {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));
      }
      return absent();
    },
    wanted: () => ({}),
    watch: ({ signal }, changed) => {
      tell = changed;
      return new Promise((resolve, reject) => {
        fail.set(kind, () => reject(new Error('told to fail')));
        if (!isDeaf) signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  });
const kinds = [defineTold('Widget'), defineTold('Gadget')] as const;

let state: ReturnType<typeof createTestState>['state'];
let reads: { readonly name: string; readonly at: number }[];
let warnings: object[];
let stop: () => Promise<void>;
beforeEach(() => {
  ({ state } = createTestState());
  reads = [];
  warnings = [];
  observed = [];
  broken = new Set();
  const rules = { Widget: {}, Gadget: {} };
  const agent = defineAgent({ name: 'widgets', purpose: 'Tells', kinds, tools: [], rules });
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
    log: { info: () => undefined, warn: (fields) => void warnings.push(fields) },
    settings: activitySettings,
  });
});
afterEach(() => stop());

async function record(
  name: string,
  { lifecycle = 'Running', kind = 'Widget', owner }: { lifecycle?: LifecycleState; kind?: string; owner?: string } = {},
): Promise<ResourceKey> {
  const key = keyOf(name, kind);
  await state.resources.putDesired(parseResource({ apiVersion, kind, metadata: { name }, spec: {} }));
  await state.changeActual(key, () => ({
    ...sampleActual({ state: lifecycle, ...(owner === undefined ? {} : { owner }) }),
    kind,
    metadata: { name, tenant: 'default' },
  }));
  return key;
}
const readsOf = (name: string) => reads.filter((one) => one.name === name);
const looksAt = (name: string) => observed.filter((one) => one === name).length;

test("what is in a run's hands is looked at once in an interval, until the run has ended", async () => {
  await record('busy', { lifecycle: 'Updating' });
  tell(keyOf('busy'));
  await passTime(sleep(4.5 * intervalMs));
  const times = readsOf('busy').map(({ at }) => at);
  expect(times.length).toBeGreaterThanOrEqual(2);
  expect(times.length).toBeLessThanOrEqual(5);
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  expect(Math.min(...gaps)).toBeGreaterThan(0.9 * intervalMs);
  await record('busy');
  await passTime(sleep(1.5 * intervalMs));
  const before = readsOf('busy').length;
  await passTime(sleep(1.5 * intervalMs));
  expect(readsOf('busy')).toHaveLength(before);
});

test('what cannot be looked at waits ever longer and alone, also when its watch tells of it all the time', async () => {
  await record('bad');
  await record('good');
  broken.add('bad');
  const telling = setInterval(() => tell(keyOf('bad')), 20);
  await passTime(waitFor('a second look', () => looksAt('bad') === 2));
  tell(keyOf('good'));
  await passTime(sleep(2 * intervalMs));
  clearInterval(telling);
  expect(looksAt('good')).toBe(1);
  expect(looksAt('bad')).toBeLessThanOrEqual(3);
  expect(warnings).toEqual([{ failed: 1, resource: 'Widget/bad', tenant: 'default', cause: 'cannot look' }]);
  broken.clear();
  const before = looksAt('bad');
  await passTime(waitFor('the next look', () => looksAt('bad') === before + 1));
  await passTime(sleep(2 * intervalMs));
  expect(looksAt('bad')).toBe(before + 1);
});

test('a few of a kind are looked at at once, and those that hang hold up no other kind and are not met twice', async () => {
  for (let index = 0; index < 12; index += 1) tell(await record(`hangs-${index}`));
  const good = await record('good', { kind: 'Gadget' });
  await passTime(sleep(1.5 * intervalMs));
  expect(observed).toHaveLength(8);
  tell(keyOf('hangs-0'));
  tell(good);
  await passTime(sleep(2 * intervalMs));
  expect(looksAt('good')).toBe(1);
  expect(observed).toHaveLength(9);
});

test('one that hangs does not hold up the next of its kind', async () => {
  tell(await record('hangs'));
  await passTime(sleep(1.5 * intervalMs));
  tell(await record('good'));
  await passTime(sleep(1.5 * intervalMs));
  expect(observed).toEqual(['hangs', 'good']);
});

test('when a watch that failed is begun again, all of its kind is looked at that is ours to look at', async () => {
  await record('anywhere');
  await record('ours', { owner: 'host-1' });
  await record('theirs', { owner: 'host-2' });
  await record('of-another-kind', { kind: 'Gadget' });
  await passTime(sleep(1.5 * intervalMs));
  expect(observed).toEqual([]);
  fail.get('Widget')!();
  await passTime(waitFor('looks at both', () => observed.length === 2));
  expect(observed.toSorted()).toEqual(['anywhere', 'ours']);
  await passTime(sleep(2 * intervalMs));
  expect(reads.map(({ name }) => name).toSorted()).toEqual(['anywhere', 'ours']);
});

test('a watch that does not heed its signal keeps nobody from ending', async () => {
  await stop();
  isDeaf = true;
  try {
    const end = startDriftWatch({
      registry: createAgentRegistry([
        defineAgent({ name: 'deaf', purpose: 'Is deaf', kinds: [kinds[0]], tools: [], rules: { Widget: {} } }),
      ]),
      state,
      host: 'host-1',
      log: { info: () => undefined, warn: (fields) => void warnings.push(fields) },
      settings: activitySettings,
    });
    await setImmediate();
    await passTime(end());
    expect(warnings).toEqual([]);
  } finally {
    isDeaf = false;
  }
});
