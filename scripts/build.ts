/**
 * `npm run build`: the package's `dist` from `src`: JavaScript, declarations, the files beside them, and the workflow code
 * bundled beforehand, so that an installed worker starts at once and with the webpack of our lock file.
 */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as WorkflowBundle from '../src/workers/workflow-bundle.ts';
import { ROOT, resolveProgram, runNode } from './tools/run-node.ts';

const source = join(ROOT, 'src');
const target = join(ROOT, 'dist');

async function compile(): Promise<void> {
  const argv = [await resolveProgram('typescript', 'tsc'), '--project', 'tsconfig.build.json'];
  const { code, output } = await runNode(argv, { isShown: false });
  if (code !== 0) throw new Error(`cannot build: tsc says\n${output.trimEnd()}`);
}

/** The compiler leaves `./x.ts` in declarations; what stands beside them is `./x.js`. */
async function mendDeclarations(): Promise<void> {
  for (const file of await readdir(target, { recursive: true })) {
    if (!file.endsWith('.d.ts')) continue;
    const text = await readFile(join(target, file), 'utf8');
    await writeFile(join(target, file), text.replaceAll(/(['"]\.{1,2}\/[^'"\n]*)\.ts(['"])/g, '$1.js$2'));
  }
}

async function copyOtherFiles(): Promise<void> {
  const isOther = (file: string) => !file.endsWith('.ts');
  await cp(source, target, { recursive: true, filter: isOther });
}

/** Made by the built code itself: it knows the name under which it will look. */
async function bundleWorkflows(): Promise<void> {
  const module = pathToFileURL(join(target, 'workers', 'workflow-bundle.js')).href;
  const { loadWorkflowBundle, prebuiltFolder } = (await import(module)) as typeof WorkflowBundle;
  const { codePath } = await loadWorkflowBundle(prebuiltFolder);
  const code = await readFile(codePath, 'utf8');
  await writeFile(codePath, withoutOwnPaths(code));
}

/** The inlined source map names every file with the folder it was in on this machine: cut off. */
function withoutOwnPaths(code: string): string {
  const marker = /\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)\s*$/;
  const match = marker.exec(code);
  if (match === null) throw new Error('cannot build: the workflow bundle has no source map');
  const map = Buffer.from(match[1]!, 'base64').toString().replaceAll(ROOT, '');
  const inlined = Buffer.from(map).toString('base64');
  return `${code.slice(0, match.index)}//# sourceMappingURL=data:application/json;charset=utf-8;base64,${inlined}\n`;
}

await rm(target, { recursive: true, force: true });
await compile();
await mendDeclarations();
await copyOtherFiles();
await bundleWorkflows();
