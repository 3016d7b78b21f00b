import { describe, expect, test } from 'vitest';
import { resolveKind, resolveResource } from '../../../src/cli/resource-argument.ts';
import type { ShownResource } from '../../../src/starters/shown-resource.ts';

const read = {
  kinds: async () => ['File', 'Instance'],
  find: async ({ kind }: { kind: string }) => (kind === 'Stray' ? ({} as ShownResource) : undefined),
};

describe('the resource an argument names', () => {
  test.each(['Instance/web', 'instance/web', 'instances/web', 'INSTANCE/web'])('%s → Instance/web', async (text) => {
    expect(await resolveResource(text, 'blue', read)).toEqual({ tenant: 'blue', kind: 'Instance', name: 'web' });
  });

  test('may be of a kind nobody keeps, if it exists', async () => {
    expect(await resolveResource('Stray/x', 'blue', read)).toEqual({ tenant: 'blue', kind: 'Stray', name: 'x' });
  });

  test.each([
    {
      text: 'web',
      refusal: 'INVALID_VALUE resource: not the name of a resource (got web) — write Kind/name, such as Instance/web',
    },
    { text: 'a/b/c', refusal: 'INVALID_VALUE resource' },
    { text: 'Instance/Web', refusal: 'INVALID_NAME name' },
    { text: 'Instance/../x', refusal: 'INVALID_VALUE resource' },
    {
      text: 'Instnce/web',
      refusal: 'UNKNOWN_KIND kind: no such kind (got Instnce) — did you mean Instance? (there is File, Instance)',
    },
  ])('$text → $refusal', async ({ text, refusal }) => {
    await expect(resolveResource(text, 'blue', read)).rejects.toThrow(refusal);
  });

  test('a kind alone is found in any case, or refused with those there are', async () => {
    expect(await resolveKind('files', read)).toBe('File');
    await expect(resolveKind('pods', read)).rejects.toThrow(
      'UNKNOWN_KIND kind: no such kind (got pods) — there is File, Instance',
    );
    await expect(resolveKind('x', { ...read, kinds: async () => [] })).rejects.toThrow(
      'no runtime has published any kind yet',
    );
  });
});
