import { beforeEach, describe, expect, test } from 'vitest';
import { parseDocuments, type SourceDocument } from '../../../src/starters/parse-documents.ts';
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

describe('what apply refuses, with nothing stored', () => {
  const deep = { value: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as unknown, where: 'x' };
  test.each([
    { reason: 'null', document: { value: null, where: 'x' }, refusal: /^INVALID_BODY \$: expected an object/ },
    { reason: 'a list', document: { value: [], where: 'x' }, refusal: /^INVALID_BODY \$: expected an object/ },
    { reason: 'a text', document: { value: 'x', where: 'x' }, refusal: /^INVALID_BODY \$: expected an object/ },
    {
      reason: 'no kind',
      document: database({ kind: undefined }),
      refusal: /^UNKNOWN_KIND kind: is missing — there is Database$/,
    },
    {
      reason: 'a mistyped kind',
      document: database({ kind: 'Databse' }),
      refusal: /^UNKNOWN_KIND kind: .*did you mean Database\?/,
    },
    {
      reason: 'a kind in small letters',
      document: database({ kind: 'database' }),
      refusal: /^UNKNOWN_KIND kind: .*did you mean Database\?/,
    },
    { reason: 'a kind that is no text', document: database({ kind: 7 }), refusal: /^UNKNOWN_KIND kind: / },
    {
      reason: 'an unknown version',
      document: database({ apiVersion: 'v9' }),
      refusal: /^UNKNOWN_VERSION apiVersion: only homeostat\/v1/,
    },
    {
      reason: 'an unknown field of the envelope',
      document: database({ specs: {} }),
      refusal: /^UNKNOWN_FIELD specs: .*did you mean spec\?/,
    },
    {
      reason: 'an unknown field',
      document: database({ spec: { replica: 1 } }),
      refusal: /^UNKNOWN_FIELD spec.replica: .*did you mean replicas\?/,
    },
    {
      reason: 'no name',
      document: database({ metadata: { name: undefined } }),
      refusal: /^MISSING_FIELD metadata.name/,
    },
    { reason: 'an empty name', document: database({ name: '' }), refusal: /^INVALID_NAME metadata.name/ },
    {
      reason: 'a name of 254 characters',
      document: database({ name: 'a'.repeat(254) }),
      refusal: /^INVALID_NAME metadata.name/,
    },
    { reason: 'a name that begins with -', document: database({ name: '-a' }), refusal: /^INVALID_NAME metadata.name/ },
    { reason: 'a name with NUL', document: database({ name: 'a\u0000b' }), refusal: /^INVALID_NAME metadata.name/ },
    {
      reason: 'a name with a Cyrillic letter',
      document: database({ name: 'prod-аpi' }),
      refusal: /^INVALID_NAME metadata.name: .*ASCII only/,
    },
    {
      reason: 'a name that turns the text round',
      document: database({ name: 'a\u202eb' }),
      refusal: /^INVALID_NAME .*\\u\{202e\}/,
    },
    {
      reason: 'a lone surrogate',
      document: database({ spec: { description: '\ud800' } }),
      refusal: /^INVALID_UNICODE spec.description/,
    },
    {
      reason: 'a key that JavaScript treats specially',
      document: {
        value: JSON.parse('{"kind":"Database","metadata":{"name":"a","labels":{"__proto__":"x"}}}') as unknown,
        where: 'x',
      },
      refusal: /^FORBIDDEN_KEY metadata.labels.__proto__/,
    },
    {
      reason: 'a number as text',
      document: database({ spec: { replicas: '3' } }),
      refusal: /^INVALID_NUMBER spec.replicas/,
    },
    {
      reason: 'half a replica',
      document: database({ spec: { replicas: 3.5 } }),
      refusal: /^INVALID_NUMBER spec.replicas/,
    },
    {
      reason: 'fewer than none',
      document: database({ spec: { replicas: -1 } }),
      refusal: /^INVALID_NUMBER spec.replicas/,
    },
    {
      reason: 'infinitely many',
      document: database({ spec: { replicas: Infinity } }),
      refusal: /^INVALID_NUMBER spec.replicas/,
    },
    { reason: 'nesting of 40', document: deep, refusal: /^TOO_DEEP \$: nested deeper than allowed, at most 32 levels/ },
    {
      reason: 'a list of 20,000',
      document: database({ spec: { tags: Array.from({ length: 20_000 }, () => 'x') } }),
      refusal: /^TOO_MANY_ITEMS/,
    },
    {
      reason: 'a list over its own limit',
      document: database({ spec: { tags: ['a', 'b', 'c', 'd'] } }),
      refusal: /^TOO_MANY_ITEMS spec.tags/,
    },
    {
      reason: 'a value of 1.6 MB',
      document: database({ spec: { description: 'x'.repeat(1_600_000) } }),
      refusal: /^TOO_LARGE \$: larger than allowed, at most 256 KiB/,
    },
    {
      reason: 'a value outside the list',
      document: database({ spec: { engine: 'postgre' } }),
      refusal: /^INVALID_VALUE spec.engine: .*did you mean postgres\?/,
    },
    {
      reason: 'a bad name in a map',
      document: database({ spec: { limits: { CPU: 1 } } }),
      refusal: /^INVALID_VALUE spec.limits.CPU: the name /,
    },
    { reason: 'a spec that is a list', document: database({ spec: [] }), refusal: /^INVALID_VALUE spec: / },
    {
      reason: 'labels that are no texts',
      document: database({ metadata: { labels: { a: 1 } } }),
      refusal: /^INVALID_VALUE metadata.labels.a/,
    },
    {
      reason: 'a dependency that is no name',
      document: database({ metadata: { dependsOn: ['a/b/c/d'] } }),
      refusal: /^INVALID_VALUE metadata.dependsOn\[0\]/,
    },
    {
      reason: 'more dependencies than are allowed',
      document: database({ metadata: { dependsOn: Array.from({ length: 101 }, (_, index) => `Database/n${index}`) } }),
      refusal: /^TOO_MANY_ITEMS metadata.dependsOn/,
    },
  ])('$reason', async ({ document, refusal }) => {
    const [first, ...others] = await refused(() => apply([document]));
    expect(first).toMatch(refusal);
    expect(others).toEqual([]);
  });

  test('of a union the branch that was meant is judged', async () => {
    expect(await refused(() => apply([database({ spec: { check: { type: 'http', port: 'x', pat: '/' } } })]))).toEqual([
      'UNKNOWN_FIELD spec.check.pat: no such field — did you mean path?',
      'INVALID_NUMBER spec.check.port: expected a whole number (got x) — write a whole number',
    ]);
    expect(await refused(() => apply([database({ spec: { check: { type: 'htp', port: 1 } } })]))).toEqual([
      'INVALID_VALUE spec.check.type: not one of the values (got htp) — did you mean http?',
    ]);
  });

  test('−0 is read as 0', async () => {
    expect(
      await apply(
        parseDocuments(
          '{"apiVersion":"homeostat/v1","kind":"Database","metadata":{"name":"a"},"spec":{"replicas":-0}}',
        ),
      ),
    ).toHaveLength(1);
    const { desired } = await state.resources.read(keyOf('a'));
    // toEqual tells −0 from 0.
    expect(desired?.value).toMatchObject({ spec: { replicas: 0 } });
    expect(JSON.stringify(desired?.value)).toContain('"replicas":0}');
  });
});
