import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkDnsLabel,
  fromResourcePath,
  isDnsLabel,
  isKindName,
  isSameResource,
  parseDependency,
  showResource,
  toReconcileWorkflowId,
  toResourcePath,
  type ResourceKey,
} from '../../../src/domain/identity.ts';
import { createKeys, fromStoreKey } from '../../../src/domain/keys.ts';
import { externalNameOf } from '../../../src/domain/kind.ts';

const web: ResourceKey = { tenant: 'default', kind: 'Instance', name: 'web-01' };
const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?$/);
const key = fc.record({ tenant: label, kind: fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,8}$/), name: label });

describe('names', () => {
  test.each(['a', 'web-01', '0', 'a'.repeat(63)])('%s is a DNS label', (name) => {
    expect(isDnsLabel(name)).toBe(true);
    expect(checkDnsLabel(name, 'metadata.name')).toBe(name);
  });

  test.each([
    { name: '', reason: 'empty' },
    { name: 'a'.repeat(64), reason: '64 characters' },
    { name: '-a', reason: 'begins with -' },
    { name: 'a-', reason: 'ends with -' },
    { name: 'A', reason: 'a capital' },
    { name: 'a.b', reason: 'a dot, which is ours in workflow ids' },
    { name: 'a/b', reason: 'a slash, which is ours in keys' },
    { name: '../x', reason: 'a path' },
    { name: 'a\n', reason: 'a line break at the end' },
    { name: 'a\u0000', reason: 'NUL' },
    { name: 'prod-\u0430pi', reason: 'Cyrillic а' },
    { name: '\uff41', reason: 'full width' },
    { name: 'a\u200db', reason: 'zero-width joiner' },
    { name: 'a\u202eb', reason: 'direction override' },
    { name: 7, reason: 'not text' },
    { name: undefined, reason: 'nothing' },
  ])('$reason → INVALID_NAME', ({ name }) => {
    expect(() => checkDnsLabel(name, 'metadata.name')).toThrow(
      expect.objectContaining({ code: 'INVALID_NAME', path: 'metadata.name' }),
    );
  });

  test.each(['Instance', 'K3sCluster', 'X'])('%s is a kind', (kind) => expect(isKindName(kind)).toBe(true));
  test.each(['instance', '', 'Ab-c', 'A b', 'A\n', 'Ä', `A${'a'.repeat(63)}`])('%j is no kind', (kind) => {
    expect(isKindName(kind)).toBe(false);
  });
});

describe('one resource, one name everywhere', () => {
  test('path, workflow id and what people write', () => {
    expect(toResourcePath(web)).toBe('default/Instance/web-01');
    expect(toReconcileWorkflowId(web)).toBe('reconcile.default.Instance.web-01');
    expect(showResource(web)).toBe('Instance/web-01');
    expect(fromStoreKey('/homeostat/desired/default/Instance/web-01', '/homeostat/desired/')).toEqual(web);
  });

  test('a path leads back to its key; two keys never share a path, a workflow id or a store key', () => {
    const keys = createKeys('/homeostat');
    fc.assert(
      fc.property(key, key, (left, right) => {
        expect(fromResourcePath(toResourcePath(left))).toEqual(left);
        for (const nameOf of [toResourcePath, toReconcileWorkflowId, keys.desired, keys.actual, keys.auditHead]) {
          expect(nameOf(left) === nameOf(right)).toBe(isSameResource(left, right));
        }
      }),
    );
  });

  test('two tenants never share an external name', () => {
    const mine = externalNameOf({ tenant: 'x', kind: 'File', name: 'file-y' });
    const theirs = externalNameOf({ tenant: 'x-file', kind: 'File', name: 'y' });
    expect(mine).not.toBe(theirs);
  });

  test.each([
    { path: 'default/Instance', reason: 'a part is missing' },
    { path: 'default/Instance/web/x', reason: 'a part too many' },
    { path: 'default/instance/web', reason: 'no kind' },
    { path: '/Instance/web', reason: 'no tenant' },
    { path: 'default/Instance/..', reason: 'no name' },
    { path: '', reason: 'nothing' },
  ])('$path is no resource: $reason', ({ path }) => {
    expect(fromResourcePath(path)).toBeUndefined();
  });
});

describe('dependencies', () => {
  test.each([
    { entry: 'db', expected: { tenant: 'default', kind: 'Instance', name: 'db' }, reason: 'a name: same kind' },
    { entry: 'Database/db', expected: { tenant: 'default', kind: 'Database', name: 'db' }, reason: 'kind and name' },
    { entry: 't2/Database/db', expected: { tenant: 't2', kind: 'Database', name: 'db' }, reason: 'all three' },
  ])('$entry → $reason', ({ entry, expected }) => {
    expect(parseDependency(entry, web)).toEqual(expected);
  });

  test.each(['', '/', 'a/b', 'Database/', 'a/B/c/d', '../db', 'Database/D B', '__proto__'])(
    '%j → INVALID_VALUE',
    (entry) => {
      expect(() => parseDependency(entry, web)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    },
  );
});
