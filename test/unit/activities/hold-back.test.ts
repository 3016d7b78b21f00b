import { expect, test } from 'vitest';
import { findHold } from '../../../src/activities/hold-back.ts';
import type { ComparedResource } from '../../../src/activities/observe-resource.ts';
import type { ActivityDependencies } from '../../../src/activities/dependencies.ts';

const settings = {} as ActivityDependencies['settings'];
const held = (...scopes: string[]) => {
  const freezes = scopes.map((scope) => ({ scope, by: 'ann', reason: 'moving house', since: '2026-01-01T00:00:00Z' }));
  return findHold({ settings }, { freezes } as unknown as ComparedResource);
};

test.each([
  ['resource/default/Instance/web', 'homeostat resume Instance/web'],
  ['resource/acme/Instance/web', 'homeostat resume Instance/web --tenant acme'],
  ['tenant/acme', 'homeostat resume --scope tenant/acme'],
  ['all', 'homeostat resume --scope all'],
])('a pause of %s says who and why, and the command that ends it', (scope, command) => {
  expect(held(scope)).toMatchObject({
    code: 'FROZEN',
    message: `${scope} by ann: moving house — ${command}`,
    frozenBy: [scope],
  });
});

test('several pauses are told in order, each with its command', () => {
  expect(held('kind/Instance', 'all')).toMatchObject({
    message:
      'all by ann: moving house; kind/Instance by ann: moving house — homeostat resume --scope all; homeostat resume --scope kind/Instance',
    frozenBy: ['all', 'kind/Instance'],
  });
});
