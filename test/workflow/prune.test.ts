import { afterAll, beforeAll, expect, test } from 'vitest';
import { applySet } from '../../src/cli/apply-set.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import { createResourceDoor } from '../../src/starters/resource-door.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.stop());

const widget = (name: string, size: number, ...dependsOn: readonly string[]) => ({
  where: name,
  value: { apiVersion, kind: 'Widget', metadata: { name, dependsOn }, spec: { size } },
});
const names = Array.from({ length: 6 }, (_, index) => `many-${index}`);
/** What the people who are asked about the removal of each are told. */
const askedAbout = (): Promise<readonly string[]> =>
  Promise.all(
    names.map(async (name) => {
      const { status } = await bed.condition(name, 'AwaitingApproval');
      return status.conditions.find(({ type }) => type === 'AwaitingApproval')!.message.split(' — ')[0]!;
    }),
  );
const prune = async (...documents: readonly ReturnType<typeof widget>[]) => {
  const result = await applySet(bed.servers, documents, { set: 'shop', prune: true, yes: true });
  return result?.pruned.map(({ name }) => name);
};

test('what was let go of in the call that prunes it goes as soon as it is needed no more, not at its retry', async () => {
  await prune(widget('db', 1), widget('api', 1, 'Widget/db'));
  await bed.condition('api', 'Ready', 'Converged');
  // Long enough for the run that removes to find that it is still needed.
  await bed.effects.setBehaviour({ delayMs: 2_000 });
  expect(await prune(widget('api', 2))).toEqual(['db']);
  const { status } = await bed.condition('db', 'Blocked', 'HAS_DEPENDANTS');
  expect(status.waitingFor).toEqual(['Widget/api']);
  expect(Date.parse(status.retryAt!) - Date.now()).toBeGreaterThan(50_000);
  await waitFor('the one that stays to run', async () => {
    const record = await bed.actual('api');
    return record?.status.state === 'Running' && record.lastApplied?.dependsOn.length === 0;
  });
  await waitFor(
    'the removal to be asked about',
    async () => {
      const conditions = (await bed.actual('db'))?.status.conditions ?? [];
      return conditions.some(({ type }) => type === 'AwaitingApproval');
    },
    15_000,
  );
});

test('many that went from desired at once, past our doors, wait for a person who is told how many', async () => {
  await bed.servers.state.store.commit(
    [],
    await Promise.all(
      names.map(async (name) => {
        await bed.put(name, { size: 1 });
        await bed.condition(name, 'Ready', 'Converged');
        return { type: 'delete', key: bed.servers.keys.desired(widgetKey(name)) } as const;
      }),
    ),
  );
  const { length } = await bed.servers.state.resources.list('default', 'Widget');
  expect(new Set(await askedAbout())).toEqual(
    new Set([`remove_widget is dangerous here; MASS_DELETE: 6 of ${length} resources are to go at once, limit 5`]),
  );
});

test('many that were confirmed at a door are not counted again', async () => {
  for (const name of names) await bed.put(name, { size: 1 });
  for (const name of names) await bed.condition(name, 'Ready', 'Converged');
  const { state } = bed.servers;
  await createResourceDoor(state).remove(names.map(widgetKey), { confirmed: names.length });
  expect(new Set(await askedAbout())).toEqual(new Set(['remove_widget is dangerous here']));
});
