/**
 * Around `npm pack` and `npm publish`: `pack.ts before` builds and puts the package's `package.json` in the place of the
 * repository's, `pack.ts after` puts that back. A pack that died in between is mended by the next one.
 */
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runNode } from './tools/run-node.ts';
import { toPublishedManifest, type Manifest } from './tools/published-manifest.ts';

const manifestFile = join(ROOT, 'package.json');
const keptFile = join(ROOT, '.package.json.kept');

async function restore(): Promise<void> {
  if (existsSync(keptFile)) await rename(keptFile, manifestFile);
}

async function replace(): Promise<void> {
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as Manifest;
  const published = `${JSON.stringify(toPublishedManifest(manifest), null, 2)}\n`;
  await copyFile(manifestFile, keptFile);
  await writeFile(`${manifestFile}.new`, published);
  await rename(`${manifestFile}.new`, manifestFile);
}

await restore();
if (process.argv[2] === 'before') {
  const { code } = await runNode([join(ROOT, 'scripts', 'build.ts')], { isShown: true });
  if (code !== 0) process.exit(code);
  await replace();
}
