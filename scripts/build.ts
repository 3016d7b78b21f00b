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

const mapMarker = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

/** Names of modules, and the inlined source map, say where files were on this machine: what is above the project is cut off. */
function withoutOwnPaths(code: string): string {
  const at = code.lastIndexOf(mapMarker);
  if (at === -1) throw new Error('cannot build: the workflow bundle has no source map');
  const text = Buffer.from(code.slice(at + mapMarker.length), 'base64').toString();
  const map = JSON.parse(text) as { sources: string[]; sourcesContent: string[] };
  const sources = map.sources.map((file) => file.replace(ROOT, '').replace(/^.*\/(?=node_modules\/)/, ''));
  const sourcesContent = map.sourcesContent.map((content) => content.replaceAll(ROOT, ''));
  const inlined = Buffer.from(JSON.stringify({ ...map, sources, sourcesContent })).toString('base64');
  // A dependency outside the project, such as behind a link, is named by its way from there.
  const named = code.slice(0, at).replaceAll(/(?:\.\.\/)+[^\s"'*]*?\/(?=node_modules\/)/g, './');
  return `${named}${mapMarker}${inlined}\n`;
}

await rm(target, { recursive: true, force: true });
await compile();
await mendDeclarations();
await copyOtherFiles();
await bundleWorkflows();
