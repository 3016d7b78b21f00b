import { beforeEach, describe, expect, test } from 'vitest';
import { applySet } from '../../../src/cli/apply-set.ts';
import type { SourceDocument } from '../../../src/starters/parse-documents.ts';
import { createResourceDoor } from '../../../src/starters/resource-door.ts';
import type { State } from '../../../src/state/state.ts';
import { createStateWithKinds } from '../starters/published-things.ts';
import { database, refusalOf } from '../starters/resource-documents.ts';

let state: State;
beforeEach(async () => {
  state = await createStateWithKinds();
});
const one = (name: string, dependsOn: readonly string[] = [], tenant = 'default') =>
  database({ name, metadata: { tenant, dependsOn: [...dependsOn] } });
interface Options {
  readonly set?: string;
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly confirmed?: number;
}
const prune = async (
  documents: readonly SourceDocument[],
  { set = 'shop', dryRun = false, prune = true, ...more }: Options = {},
) => {
  const result = await applySet({ state }, documents, { set, prune, yes: true, dryRun, ...more });
  return result!.pruned.map(({ tenant, name }) => `${tenant}/${name}`);
};
const names = async () => (await state.resources.list()).map(({ key }) => `${key.tenant}/${key.name}`);

describe('a set', () => {
  test('loses what is no longer among its documents, dependants first, and nothing else', async () => {
    await createResourceDoor(state).apply([one('alone')]);
    await prune([one('kept')], { set: 'other' });
    await prune([one('db'), one('api', ['Database/db']), one('web', ['Database/api'])]);
    expect(await prune([one('new')])).toEqual(['default/web', 'default/api', 'default/db']);
    expect(await names()).toEqual(['default/alone', 'default/kept', 'default/new']);
  });

  test('applied without prune, or as a dry run, loses nothing', async () => {
    await prune([one('a'), one('b')]);
    expect(await prune([one('a')], { prune: false })).toEqual([]);
    expect(await prune([one('a')], { dryRun: true })).toEqual(['default/b']);
    expect(await names()).toEqual(['default/a', 'default/b']);
  });

  test("of one tenant is none of another tenant's", async () => {
    await prune([one('a', [], 'blue')]);
    expect(await prune([one('a', [], 'red')])).toEqual([]);
    expect(await names()).toEqual(['blue/a', 'red/a']);
  });

  test('whose leaver is needed by one that stays is refused as a whole', async () => {
    await prune([one('db'), one('api', ['Database/db'])]);
    const refusal = await refusalOf(state, () => prune([one('api', ['Database/db']), one('new')]));
    expect(refusal).toEqual([expect.stringMatching(/^HAS_DEPENDANTS Database\/db: Database\/api needs it/)]);
  });

  test('may let go of a dependency in the same call', async () => {
    await prune([one('db'), one('api', ['Database/db'])]);
    expect(await prune([one('api')])).toEqual(['default/db']);
  });

  test('takes nothing from another set, neither by name nor by what a document says', async () => {
    await prune([one('a')], { set: 'other' });
    const foreign = 'INVALID_VALUE Database/a: belongs to another set (got other) — ';
    expect(await refusalOf(state, () => prune([one('a')]))).toEqual([expect.stringContaining(foreign)]);
    const marked = database({ metadata: { annotations: { 'homeostat.io/set': 'other' } } });
    expect(await refusalOf(state, () => prune([marked]))).toEqual([
      expect.stringMatching(/^INVALID_VALUE test\.yaml: belongs to another set/),
    ]);
  });

  test('loses more than five at once only where somebody says how many, and else nothing is written', async () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => one(name));
    await prune(six);
    const refusal = [expect.stringMatching(/^MASS_DELETE .* would delete 6 of 6 resources, limit 5/)];
    expect(await refusalOf(state, () => prune([one('new')]))).toEqual(refusal);
    expect(await refusalOf(state, () => prune([one('new')], { confirmed: 5 }))).toEqual(refusal);
    expect(await prune([one('new')], { dryRun: true })).toHaveLength(6);
    expect(await prune([one('new')], { confirmed: 6 })).toHaveLength(6);
    expect(await names()).toEqual(['default/new']);
  });

  test('gives up what is applied without it', async () => {
    await prune([one('a'), one('b')]);
    await createResourceDoor(state).apply([one('b')]);
    expect(await prune([one('a')])).toEqual([]);
    expect(await names()).toEqual(['default/a', 'default/b']);
  });

  test.each([
    { reason: 'no object', document: { value: 7, where: 'x' }, error: /^INVALID_BODY/ },
    { reason: 'odd annotations', document: database({ metadata: { annotations: [1] } }), error: /^INVALID_VALUE/ },
  ])('a document that is not well formed is refused as ever: $reason', async ({ document, error }) => {
    expect(await refusalOf(state, () => prune([document]))).toEqual([expect.stringMatching(error)]);
  });

  test('needs a name that can be one', async () => {
    expect(await refusalOf(state, () => prune([one('a')], { set: 'Shop!' }))).toEqual([
      expect.stringMatching(/^INVALID_NAME --set: /),
    ]);
  });
});
