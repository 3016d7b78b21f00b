import { beforeEach, describe, expect, test } from 'vitest';
import type { ActualRecord } from '../../../src/domain/actual.ts';
import { createReadDoor, type ReadDoor } from '../../../src/starters/read-door.ts';
import { createResourceDoor } from '../../../src/starters/resource-door.ts';
import type { State } from '../../../src/state/state.ts';
import { createStateWithKinds } from './published-things.ts';

const key = { tenant: 'default', kind: 'Database', name: 'main' };
const document = {
  value: {
    apiVersion: 'homeostat/v1',
    kind: 'Database',
    metadata: { name: 'main', labels: { a: 'b' } },
    spec: { replicas: 2 },
  },
  where: 'x',
};
const record: ActualRecord = {
  apiVersion: 'homeostat/v1',
  kind: 'Database',
  metadata: { name: 'main', tenant: 'default' },
  id: '4',
  lastApplied: { spec: { replicas: 1 }, labels: { old: 'label' }, dependsOn: [] },
  status: {
    state: 'Running',
    settledRevision: 3,
    drifted: false,
    failures: 0,
    conditions: [],
    observed: { replicas: 1 },
  },
};

let state: State;
let read: ReadDoor;
beforeEach(async () => {
  state = await createStateWithKinds();
  read = createReadDoor(state);
});

describe('a resource is shown', () => {
  test('as Pending before anything was recorded, with its id and version', async () => {
    const [applied] = await createResourceDoor(state).apply([document]);
    expect(await read.get(key)).toEqual({
      apiVersion: 'homeostat/v1',
      kind: 'Database',
      metadata: {
        name: 'main',
        tenant: 'default',
        labels: { a: 'b' },
        annotations: {},
        dependsOn: [],
        id: String(applied!.revision),
        version: applied!.revision,
      },
      spec: { replicas: 2 },
      status: { state: 'Pending' },
    });
  });

  test('with how old its status is', async () => {
    await createResourceDoor(state).apply([document]);
    const isUpToDate = async () => (await read.sight(key))?.isUpToDate;
    expect(await isUpToDate()).toBe(false);
    await state.changeActual(key, () => record);
    expect(await isUpToDate()).toBe(true);
    await state.store.commit([], [{ type: 'put', key: state.keys.desired(key), value: '{}' }]);
    expect(await isUpToDate()).toBe(false);
    await state.resources.deleteDesired(key);
    expect(await isUpToDate()).toBe(true);
  });

  test('with what was last applied once it is not wanted any more', async () => {
    await state.changeActual(key, () => record);
    expect(await read.get(key)).toEqual({
      apiVersion: 'homeostat/v1',
      kind: 'Database',
      metadata: { name: 'main', tenant: 'default', labels: { old: 'label' }, dependsOn: [], id: '4' },
      spec: { replicas: 1 },
      status: record.status,
    });
  });

  test('by its key, whatever a broken value says', async () => {
    await state.store.commit(
      [],
      [{ type: 'put', key: state.keys.desired(key), value: '{"kind":"Else","metadata":{"name":"x"},"spec":1' }],
    );
    expect(await read.get(key)).toMatchObject({
      kind: 'Database',
      metadata: { name: 'main' },
      spec: {},
      status: { state: 'Pending' },
    });
  });

  test('to its own tenant alone', async () => {
    await createResourceDoor(state).apply([document], { tenant: 'blue' });
    expect(await read.list('default')).toEqual([]);
    expect(await read.list('blue')).toHaveLength(1);
    expect(await read.list()).toHaveLength(1);
    await expect(read.get(key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
