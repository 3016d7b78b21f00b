import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { cacheDirOf } from '../../../src/config/cache-dir.ts';

// The bootstrap is plain CommonJS, because it must run on a Node that cannot read TypeScript.
const load: (path: string) => unknown = createRequire(import.meta.url);
const isModule = (loaded: unknown): loaded is Record<string, (...argv: unknown[]) => unknown> =>
  typeof loaded === 'object' && loaded !== null;

function call(path: string, name: string, ...argv: unknown[]): unknown {
  const loaded = load(path);
  return isModule(loaded) ? loaded[name]?.(...argv) : undefined;
}

const cases = [
  { environment: { HOMEOSTAT_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b' }, os: 'linux', reason: 'ours first' },
  { environment: { XDG_CACHE_HOME: '/b' }, os: 'darwin', reason: 'then the desktop standard' },
  { environment: {}, os: 'linux', reason: 'the default of Linux' },
  { environment: {}, os: 'darwin', reason: 'the default of macOS' },
  { environment: { HOMEOSTAT_CACHE_DIR: '' }, os: 'linux', reason: 'empty is unset' },
];
test.each(cases)('bootstrap and program agree on the cache: $reason', ({ environment, os }) => {
  expect(call('../../../scripts/run/cache.cjs', 'cacheDir', environment, os, '/home/me')).toBe(
    cacheDirOf(environment, os, '/home/me'),
  );
});

test.each([
  ['22.18.0', true],
  ['22.17.9', false],
  ['20.20.2', false],
  ['24.0.0', true],
  ['100.0.0', true],
])('Node %s fits: %s', (version, fits) => {
  expect(call('../../../scripts/run/node.cjs', 'isFitting', version)).toBe(fits);
});
