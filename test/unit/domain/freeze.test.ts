import { describe, expect, test } from 'vitest';
import { parseScope, resourceOf, resourceScope, scopesOf } from '../../../src/domain/freeze.ts';

const web = { tenant: 'acme', kind: 'Instance', name: 'web' };

describe('scopes', () => {
  test('of a resource go from all to itself', () => {
    expect(scopesOf(web, 'instance')).toEqual([
      'all',
      'tenant/acme',
      'agent/instance',
      'kind/Instance',
      'resource/acme/Instance/web',
    ]);
  });

  test.each(scopesOf(web, 'instance'))('%s is one', (scope) => {
    expect(parseScope(scope)).toBe(scope);
  });

  test.each([
    '',
    'everything',
    'all/of-it',
    'tenant/',
    'tenant/a/b',
    'tenant/Acme',
    'kind/instance',
    'agent/x y',
    'resource/acme/Instance',
    'resource/../Instance/web',
  ])('%j is none', (text) => {
    expect(() => parseScope(text)).toThrow('INVALID_VALUE scope');
  });

  test('of one resource names it, and no other scope does', () => {
    expect(resourceOf(resourceScope(web))).toEqual(web);
    expect(resourceOf('tenant/acme')).toBeUndefined();
  });
});
