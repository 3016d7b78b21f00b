import { beforeEach, describe, expect, test } from 'vitest';
import type { SourceDocument } from '../../../src/starters/parse-documents.ts';
import { createResourceDoor, type ApplyOptions, type ResourceDoor } from '../../../src/starters/resource-door.ts';
import { sampleActual } from '../state/samples.ts';
import type { State } from '../../../src/state/state.ts';
import { createStateWithKinds } from './published-things.ts';
import { database, keyOf, refusalOf } from './resource-documents.ts';

let state: State;
let door: ResourceDoor;
beforeEach(async () => {
  state = await createStateWithKinds();
  door = createResourceDoor(state);
});
const apply = (documents: readonly SourceDocument[], options?: ApplyOptions) => door.apply(documents, options);
const refused = (call: () => Promise<unknown>) => refusalOf(state, call);

describe('dependencies', () => {
  const needing = (name: string, ...dependsOn: string[]) => database({ name, metadata: { dependsOn } });

  test('may come in the same call, in any order, or be there already', async () => {
    await apply([database({ name: 'db' })]);
    const applied = await apply([needing('web', 'api'), needing('api', 'Database/db')]);
    expect(applied.map(({ key }) => key.name)).toEqual(['web', 'api']);
    const revisions = applied.map(({ revision }) => revision);
    expect(revisions[1], 'api is written before web').toBeLessThan(revisions[0]!);
  });

  test('that exist nowhere, or belong to another tenant, are refused in the same words', async () => {
    await apply([database({ name: 'theirs', metadata: { tenant: 'red' } })]);
    const missing = await refused(() => apply([needing('web', 'nix')]));
    const foreign = await refused(() => apply([needing('web', 'red/Database/theirs')]));
    expect(missing).toEqual([
      'NOT_FOUND metadata.dependsOn[0]: no such resource (got nix) — apply it first, or in the same call',
    ]);
    expect(foreign).toEqual([
      'NOT_FOUND metadata.dependsOn[0]: no such resource (got red/Database/theirs) — apply it first, or in the same call',
    ]);
  });

  test('the path names the entry as it was written', async () => {
    await apply([database({ name: 'zz' })]);
    expect(await refused(() => apply([needing('web', 'zz', 'aa')]))).toEqual([
      'NOT_FOUND metadata.dependsOn[1]: no such resource (got aa) — apply it first, or in the same call',
    ]);
  });

  test('that go round are refused, also through what is stored', async () => {
    await apply([needing('b'), needing('a', 'b')]);
    expect(await refused(() => apply([needing('b', 'a')]))).toEqual([
      'INVALID_VALUE metadata.dependsOn: depends on itself: Database/b → Database/a → Database/b — take one of these dependencies out',
    ]);
    expect(await refused(() => apply([needing('c', 'c')]))).toHaveLength(1);
  });

  test('a chain of 10,000 → TOO_MANY_ITEMS', async () => {
    const chain = Array.from({ length: 10_000 }, (_, index) =>
      index === 0 ? database({ name: 'n0' }) : needing(`n${index}`, `n${index - 1}`),
    );
    expect((await refused(() => apply(chain)))[0]).toMatch(
      /^TOO_MANY_ITEMS metadata.dependsOn: a chain of more than 100/,
    );
  });
});

describe('remove', () => {
  beforeEach(async () => {
    await apply([database({ name: 'db' }), database({ name: 'web', metadata: { dependsOn: ['db'] } })]);
  });

  test('takes desired away and leaves actual alone', async () => {
    expect(await door.remove([keyOf('web')])).toEqual([{ key: keyOf('web'), outcome: 'deleted' }]);
    expect((await state.resources.read(keyOf('web'))).desired).toBeUndefined();
  });

  test('of what others need → HAS_DEPENDANTS with the list', async () => {
    expect(await refused(() => door.remove([keyOf('db')]))).toEqual([
      'HAS_DEPENDANTS Database/db: Database/web needs it — delete those too, in the same call, or take their dependency out first',
    ]);
  });

  test('takes both in one call, dependants first', async () => {
    const order: string[] = [];
    const watched = createResourceDoor({
      ...state,
      resources: {
        ...state.resources,
        deleteDesired(key, options) {
          order.push(key.name);
          return state.resources.deleteDesired(key, options);
        },
      },
    });
    expect(await watched.remove([keyOf('db'), keyOf('web')])).toMatchObject([
      { outcome: 'deleted' },
      { outcome: 'deleted' },
    ]);
    expect(order).toEqual(['web', 'db']);
  });

  test('of what is on its way out already counts as done, and writes nothing', async () => {
    await apply([database({ name: 'zz' })]);
    await state.changeActual(keyOf('zz'), () => ({ ...sampleActual(), kind: 'Database' }));
    await door.remove([keyOf('zz')]);
    const { revision } = await state.resources.read(keyOf('zz'));
    expect(await door.remove([keyOf('zz')])).toEqual([{ key: keyOf('zz'), outcome: 'deleted' }]);
    expect((await state.resources.read(keyOf('zz'))).revision).toBe(revision);
  });

  test('of what is not there → NOT_FOUND and nothing deleted, unless it may be missing', async () => {
    expect(await refused(() => door.remove([keyOf('web'), keyOf('nix')]))).toEqual([
      'NOT_FOUND Database/nix: no such resource in tenant default — look with: homeostat get',
    ]);
    expect(await door.remove([keyOf('web'), keyOf('nix')], { ignoreMissing: true })).toMatchObject([
      { outcome: 'deleted' },
      { outcome: 'missing' },
    ]);
  });

  test('a resource that was broken past our doors can be deleted', async () => {
    await state.store.commit([], [{ type: 'put', key: state.keys.desired(keyOf('web')), value: '{"kind":' }]);
    expect(await door.remove([keyOf('web')])).toMatchObject([{ outcome: 'deleted' }]);
  });
});
