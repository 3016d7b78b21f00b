import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toPublishedManifest, type Manifest } from '../../scripts/tools/published-manifest.ts';

const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest;

test('the package offers as JavaScript what the repository offers as TypeScript', () => {
  expect(toPublishedManifest(own)).toMatchObject({
    name: 'homeostat',
    bin: { homeostat: './dist/cli/main.js' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './testing': { types: './dist/testing.d.ts', default: './dist/testing.js' },
      './tool': { types: './dist/tool.d.ts', default: './dist/tool.js' },
      './package.json': './package.json',
    },
    dependencies: own.dependencies,
  });
});

test('it keeps the script by which npm puts the repository back, and nothing that only the repository uses', () => {
  const published = toPublishedManifest(own);
  expect(published.scripts).toMatchObject({ postpack: expect.any(String) });
  expect(published).not.toHaveProperty('devDependencies');
  expect(published).not.toHaveProperty('overrides');
});

test('an entry that no build makes is refused', () => {
  const strange = { ...own, exports: { './strange': './scripts/strange.ts' } };
  expect(() => toPublishedManifest(strange)).toThrow('./scripts/strange.ts');
});
