import { expect, test } from 'vitest';
import { findEmptiness, resolveScopeText } from '../../../src/cli/scope-argument.ts';
import type { ResourceKey } from '../../../src/domain/identity.ts';
import type { PublishedAgent } from '../../../src/domain/published.ts';
import type { ShownResource } from '../../../src/starters/shown-resource.ts';

const there = ['acme/Instance/web', 'acme/Stray/x'];
const read = {
  kinds: async () => ['File', 'Instance'],
  agents: async () => [{ name: 'files' }, { name: 'instance' }] as unknown as readonly PublishedAgent[],
  find: async ({ tenant, kind, name }: ResourceKey) =>
    there.includes(`${tenant}/${kind}/${name}`) ? ({} as ShownResource) : undefined,
  list: async (tenant?: string) => (tenant === 'acme' ? [{} as ShownResource] : []),
};
const nobody = { ...read, kinds: async () => [], agents: async () => [] };

test.each([
  'all',
  'tenant/acme',
  'kind/Instance',
  'agent/instance',
  'resource/acme/Instance/web',
  // Written past our doors; of a kind that nobody keeps.
  'resource/acme/Stray/x',
])('%s is there', async (scope) => {
  expect(await resolveScopeText(scope, read)).toBe(scope);
  expect(await findEmptiness(scope, read)).toBeUndefined();
});

test.each([
  ['kind/instance', 'kind/Instance'],
  ['kind/files', 'kind/File'],
  ['resource/acme/instances/web', 'resource/acme/Instance/web'],
])('%s is %s', async (text, scope) => {
  expect(await resolveScopeText(text, read)).toBe(scope);
});

test.each([
  ['kind/Instanc', 'UNKNOWN_KIND kind: no such kind (got Instanc) — did you mean Instance? (there is File, Instance)'],
  ['kind/Pod', 'UNKNOWN_KIND kind: no such kind (got Pod) — there is File, Instance'],
  ['resource/acme/Instanc/web', 'UNKNOWN_KIND kind: no such kind (got Instanc) — did you mean Instance?'],
  ['agent/instanc', 'NOT_FOUND agent: no such agent (got instanc) — did you mean instance? (there is files, instance)'],
  ['resource/Acme/Instance/web', 'INVALID_NAME tenant'],
  [
    'resource/acme/Instance',
    'INVALID_VALUE scope: is no scope (got resource/acme/Instance) — write all, tenant/<tenant>',
  ],
  ['kind/a/b', 'INVALID_VALUE scope'],
  ['kind/', 'UNKNOWN_KIND kind'],
  ['everything', 'INVALID_VALUE scope'],
  ['agent/pods', 'NOT_FOUND agent: no such agent (got pods) — there is files, instance'],
])('%s is refused: %s', async (scope, refusal) => {
  await expect(resolveScopeText(scope, read)).rejects.toThrow(refusal);
});

test.each(['kind/Instance', 'agent/instance'])(
  '%s may be paused before any runtime has published what it has',
  async (scope) => {
    expect(await resolveScopeText(scope, nobody)).toBe(scope);
  },
);

test.each([
  ['tenant/acne', 'nothing is in tenant acne now, what comes there is held'],
  ['resource/acme/Instance/wbe', 'no Instance/wbe is in tenant acme now, it is held once it comes'],
])('%s may come later: %s', async (scope, note) => {
  expect(await findEmptiness(await resolveScopeText(scope, read), read)).toBe(note);
});
