import { beforeEach, describe, expect, test } from 'vitest';
import { HomeostatError } from '../../../src/domain/failure.ts';
import { createResourceDoor, type ResourceDoor } from '../../../src/starters/resource-door.ts';
import type { State } from '../../../src/state/state.ts';
import { sampleActual } from '../state/samples.ts';
import { createStateWithKinds } from './published-things.ts';
import { database, keyOf, refusalOf } from './resource-documents.ts';

let state: State;
let door: ResourceDoor;
const names = Array.from({ length: 40 }, (_, index) => `db-${index}`);
beforeEach(async () => {
  state = await createStateWithKinds();
  door = createResourceDoor(state);
  await door.apply(names.map((name) => database({ name })));
});
const keys = (count: number) => names.slice(0, count).map((name) => keyOf(name));
const left = async () => (await state.resources.list()).length;

describe('many deletes in one call', () => {
  test('as many as the limit need nobody', async () => {
    await door.remove(keys(5));
    expect(await left()).toBe(35);
  });

  test.each([
    { confirmed: undefined, said: '', reason: 'nobody said how many are meant' },
    { confirmed: 36, said: ', confirmed 36', reason: 'somebody meant another number' },
  ])('are refused with MASS_DELETE: $reason', async ({ confirmed, said }) => {
    const options = confirmed === undefined ? {} : { confirmed };
    expect(await refusalOf(state, () => door.remove(keys(37), options))).toEqual([
      `MASS_DELETE $: would delete 37 of 40 resources, limit 5${said} — when all of them are meant, say so: --confirm 37`,
    ]);
  });

  test('a dry run refuses them too', async () => {
    expect(await refusalOf(state, () => door.remove(keys(40), { dryRun: true }))).toHaveLength(1);
  });

  test('go when exactly that many were confirmed', async () => {
    await door.remove(keys(37), { confirmed: 37 });
    expect(await left()).toBe(3);
  });

  test('are counted here once: their removals are known to be meant', async () => {
    for (const { key, desired } of await state.resources.list()) {
      const lastApplied = { spec: {}, labels: {}, dependsOn: [] };
      const record = { ...sampleActual(), kind: key.kind, id: String(desired!.createRevision), lastApplied };
      await state.changeActual(key, () => record);
    }
    await door.remove(keys(36), { confirmed: 36 });
    await state.resources.deleteDesired(keyOf(names[36]!));
    expect(await state.removals.view(keyOf(names[36]!))).toEqual({
      dependants: [],
      isMeant: false,
      unmeant: 1,
      among: 40,
    });
  });

  test('go in a full store, too, which takes deletes and nothing else', async () => {
    const full = createResourceDoor({
      ...state,
      removals: {
        ...state.removals,
        noteMeant: () => Promise.reject(new HomeostatError('STORE_FULL', { problem: 'told to be full' })),
      },
    });
    await full.remove(keys(3));
    expect(await left()).toBe(37);
  });

  test.each([
    {
      meanwhile: 'another comes to need it',
      isMeant: false,
      disturb: async (name: string) => {
        await door.apply([database({ name, spec: { replicas: 9 } })]);
        await door.apply([database({ name: 'late', metadata: { dependsOn: [name] } })]);
      },
    },
    {
      meanwhile: 'somebody else deletes it here',
      isMeant: true,
      disturb: (name: string) => door.remove([keyOf(name)]),
    },
  ])('of what is not deleted, while $meanwhile, is known to be meant: $isMeant', async ({ isMeant, disturb }) => {
    const key = keyOf(names[0]!);
    const { desired } = await state.resources.read(key);
    const lastApplied = { spec: { engine: 'postgres' }, labels: {}, dependsOn: [] };
    const id = String(desired!.createRevision);
    await state.changeActual(key, () => ({ ...sampleActual(), kind: key.kind, id, lastApplied }));
    let isDisturbed = false;
    const disturbed = createResourceDoor({
      ...state,
      resources: {
        ...state.resources,
        async deleteDesired(one, options) {
          if (!isDisturbed) await disturb(one.name);
          isDisturbed = true;
          return state.resources.deleteDesired(one, options);
        },
      },
    });
    const removed = disturbed.remove([key], { ignoreMissing: true });
    await (isMeant ? removed : expect(removed).rejects.toThrow('HAS_DEPENDANTS'));
    // As anybody with etcdctl could, sooner or later.
    await state.store.commit([], [{ type: 'delete', key: state.keys.desired(key) }]);
    expect(await state.removals.view(key)).toMatchObject({ isMeant });
  });

  test('what is gone already is not counted, and what is named twice is one', async () => {
    await door.remove(keys(4));
    const wanted = [...keys(9), ...keys(9)];
    expect(await door.remove(wanted, { ignoreMissing: true })).toHaveLength(9);
    expect(await left()).toBe(31);
  });

  test('another who writes in between does not change how many were confirmed', async () => {
    let writes = 0;
    const busy = createResourceDoor({
      ...state,
      resources: {
        ...state.resources,
        async deleteDesired(key, options) {
          writes += 1;
          if (writes === 4) await door.apply([database({ name: key.name, spec: { replicas: 9 } })]);
          return state.resources.deleteDesired(key, options);
        },
      },
    });
    await busy.remove(keys(7), { confirmed: 7 });
    expect(await left()).toBe(33);
  });
});

test(
  'a chain of 10,000 resources in one call → TOO_MANY_ITEMS, and nothing is stored',
  { timeout: 20_000 },
  async () => {
    const chain = Array.from({ length: 10_000 }, (_, index) =>
      database({ name: `c${index}`, metadata: index === 0 ? {} : { dependsOn: [`c${index - 1}`] } }),
    );
    const [first] = await refusalOf(state, () => door.apply(chain));
    expect(first).toMatch(/^TOO_MANY_ITEMS metadata.dependsOn: a chain of more than 100 /);
  },
);
