import { beforeEach, describe, expect, test } from 'vitest';
import type { SourceDocument } from '../../../src/starters/parse-documents.ts';
import { createResourceDoor, type ApplyOptions, type ResourceDoor } from '../../../src/starters/resource-door.ts';
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

describe('apply', () => {
  test('creates, leaves alone what says the same, updates what does not', async () => {
    const [created] = await apply([database({ spec: { replicas: 1 } })]);
    expect(created).toMatchObject({ outcome: 'created', key: keyOf('main') });
    expect(await apply([database({ spec: { replicas: 1 } })])).toMatchObject([
      { outcome: 'unchanged', revision: created!.revision },
    ]);
    expect(await apply([database({ spec: { replicas: 2 } })])).toMatchObject([{ outcome: 'updated' }]);
  });

  test('a default that is spelled out changes nothing', async () => {
    await apply([database()]);
    expect(await apply([database({ spec: { engine: 'postgres', replicas: 1 } })])).toMatchObject([
      { outcome: 'unchanged' },
    ]);
  });

  test('a value put by hand that means the same is left alone: other order, outputs', async () => {
    const byHand = { status: {}, ...(database({ spec: { replicas: 1 } }).value as object), apiVersion: 'homeostat/v1' };
    const { revision } = await state.store.commit(
      [],
      [{ type: 'put', key: state.keys.desired(keyOf('main')), value: JSON.stringify(byHand) }],
    );
    expect(await apply([database({ spec: { replicas: 1 } })])).toMatchObject([{ outcome: 'unchanged', revision }]);
    expect((await state.resources.read(keyOf('main'))).desired?.modRevision).toBe(revision);
  });

  test('outputs that were read are ignored, so what get prints can be applied', async () => {
    const [created] = await apply([database()]);
    const printed = database({ metadata: { id: '7', version: 9 }, status: { state: 'Running' } });
    expect(await apply([printed])).toMatchObject([{ outcome: 'unchanged', revision: created!.revision }]);
  });

  test('stores what was written, defaults left out, without a byte changed', async () => {
    const description = 'é 漢字 👩‍👩‍👧 e\u0301';
    await apply([database({ spec: { description } })]);
    const { desired } = await state.resources.read(keyOf('main'));
    expect(desired?.value).toMatchObject({ spec: { description } });
    expect(desired?.value).not.toHaveProperty('spec.replicas');
  });

  test('a dry run checks the same and writes nothing', async () => {
    expect(await apply([database()], { dryRun: true })).toMatchObject([{ outcome: 'created' }]);
    expect(await state.resources.list()).toEqual([]);
    expect(await refused(() => apply([database({ spec: { replicas: 'x' } })], { dryRun: true }))).toHaveLength(1);
  });

  test('one bad document keeps the good ones from being written, and all faults are told with their resource', async () => {
    const refusal = await refused(() =>
      apply([database(), database({ name: 'other', spec: { replica: 3, replicas: '3' } })]),
    );
    expect(refusal).toEqual([
      'UNKNOWN_FIELD Database/other spec.replica: no such field — did you mean replicas?',
      'INVALID_NUMBER Database/other spec.replicas: expected a whole number (got 3) — write a whole number',
    ]);
  });

  test('a tenant that was said stands in for none and contradicts another', async () => {
    expect(await apply([database()], { tenant: 'blue' })).toMatchObject([{ key: keyOf('main', 'blue') }]);
    expect(await refused(() => apply([database({ metadata: { tenant: 'red' } })], { tenant: 'blue' }))).toEqual([
      'INVALID_VALUE metadata.tenant: another tenant than --tenant blue (got red) — leave one of them out',
    ]);
  });

  test('an old revision → STALE_REVISION; the right one is taken', async () => {
    const [created] = await apply([database()], { expectedRevision: 0 });
    const next = [database({ spec: { replicas: 2 } })];
    expect(await refused(() => apply(next, { expectedRevision: created!.revision - 1 }))).toEqual([
      `STALE_REVISION Database/main: have ${created!.revision}, sent ${created!.revision - 1} — read it again and change that`,
    ]);
    expect(await apply(next, { expectedRevision: created!.revision })).toMatchObject([{ outcome: 'updated' }]);
  });

  test('the same resource twice in one call is refused', async () => {
    expect(await refused(() => apply([database(), database()]))).toEqual([
      'INVALID_VALUE Database/main metadata.name: the same resource twice, in test.yaml and in test.yaml — keep one',
    ]);
  });

  test('a change of an immutable field → IMMUTABLE, also by a default that comes into force', async () => {
    await apply([database({ spec: { engine: 'sqlite' } })]);
    await state.changeActual(keyOf('main'), () => ({
      apiVersion: 'homeostat/v1',
      kind: 'Database',
      metadata: { name: 'main', tenant: 'default' },
      id: '1',
      lastApplied: { spec: { engine: 'sqlite', replicas: 1 }, labels: {}, dependsOn: [] },
      status: { state: 'Running', settledRevision: 1, drifted: false, failures: 0, conditions: [] },
    }));
    const words =
      'IMMUTABLE spec.engine: cannot change during a resource\'s life, it is "sqlite" (got postgres) — delete the resource and make it anew';
    expect(await refused(() => apply([database({ spec: { engine: 'postgres' } })]))).toEqual([words]);
    expect(await refused(() => apply([database()]))).toEqual([words]);
    expect(await apply([database({ spec: { engine: 'sqlite', replicas: 2 } })])).toMatchObject([
      { outcome: 'updated' },
    ]);
  });

  test('a writer in between makes the call check again, and both come through', async () => {
    await apply([database()]);
    const { readMany } = state.resources;
    let disturbed = false;
    const disturbing: State = {
      ...state,
      resources: {
        ...state.resources,
        async readMany(keys) {
          const snapshots = await readMany(keys);
          if (!disturbed) await apply([database({ metadata: { labels: { by: 'somebody' } } })]);
          disturbed = true;
          return snapshots;
        },
      },
    };
    const applied = await createResourceDoor(disturbing).apply([database({ spec: { replicas: 5 } })]);
    expect(applied).toMatchObject([{ outcome: 'updated' }]);
    expect((await state.resources.read(keyOf('main'))).desired?.value).toMatchObject({ spec: { replicas: 5 } });
  });

  test('a delete by somebody else in between makes the removal check again', async () => {
    await apply([database()]);
    const { list } = state.resources;
    let disturbed = false;
    const disturbing: State = {
      ...state,
      resources: {
        ...state.resources,
        async list(tenant) {
          const snapshots = await list(tenant);
          if (!disturbed) await state.resources.deleteDesired(keyOf('main'));
          disturbed = true;
          return snapshots;
        },
      },
    };
    const removed = createResourceDoor(disturbing).remove([keyOf('main')], { ignoreMissing: true });
    expect(await removed).toMatchObject([{ outcome: 'missing' }]);
  });
});
