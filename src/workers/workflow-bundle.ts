import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  type BundleOptions,
  type InjectedSinks,
  type ReplayWorkerOptions,
} from '@temporalio/worker';
import type { RunSinks } from '../domain/run-trace.ts';

const sourceRoot = fileURLToPath(new URL('..', import.meta.url));
const extension = extname(fileURLToPath(import.meta.url));

export const payloadConverterPath = join(sourceRoot, 'workflows', `payload-converter${extension}`);

/**
 * How long workflow code may run at a stretch. The SDK's own 5 s pass on a starved machine, in a task of some hundred
 * events. It then cuts the task off, and what was left of it throws outside of any run, which ends the whole worker. An
 * option that its types do not name (1.24.0).
 */
export const workflowTimeLimit = { isolateExecutionTimeout: '1m' } as const;

/** What a replay of our workflows needs besides the histories. What the runs would tell the worker is not told. */
export function toReplayOptions(workflowBundle: { readonly codePath: string }): ReplayWorkerOptions {
  const unheard = { fn: () => undefined };
  const sinks: InjectedSinks<RunSinks> = { homeostatRun: { started: unheard, ended: unheard } };
  return { ...workflowTimeLimit, workflowBundle, dataConverter: { payloadConverterPath }, sinks };
}

/** Where the package carries the bundle of its own workflow code; not there in the repository. */
export const prebuiltFolder = join(sourceRoot, 'workflow-bundle');

/**
 * The workflow code in one file: the package's own, or else made once for the sources as they are and kept in `folder`. A
 * worker that has it is ready half a second earlier.
 */
export async function loadWorkflowBundle(folder: string): Promise<{ codePath: string }> {
  const name = `workflows-${digestSources()}.cjs`;
  const made = [prebuiltFolder, folder].map((place) => join(place, name)).find((file) => existsSync(file));
  if (made !== undefined) return { codePath: made };
  const codePath = join(folder, name);
  const code = await bundleWorkflows({
    workflowsPath: join(sourceRoot, 'workflows', `index${extension}`),
    workflowInterceptorModules: [join(sourceRoot, 'workflows', `run-trace${extension}`)],
  });
  await mkdir(folder, { recursive: true });
  // Renamed into place, so that two runtimes starting at once, in one process too, never read half a file.
  const temporary = `${codePath}.${randomUUID()}`;
  await writeFile(temporary, code);
  await rename(temporary, codePath);
  return { codePath };
}

/**
 * The code of some workflows, to be run by a worker with `payloadConverterPath`. What imports each other is made one module:
 * each run begins with the modules, and a tenth of the processor time of its tasks goes with them.
 */
export async function bundleWorkflows(
  options: Pick<BundleOptions, 'workflowsPath' | 'workflowInterceptorModules'>,
): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...options,
    payloadConverterPath,
    webpackConfigHook: (config) => ({
      ...config,
      optimization: { ...config.optimization, concatenateModules: true, providedExports: true, usedExports: true },
    }),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error },
  });
  return code;
}

function digestSources(): string {
  // How they are bundled counts as well.
  const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)));
  for (const room of ['workflows', 'domain']) {
    for (const file of readdirSync(join(sourceRoot, room)).toSorted()) {
      hash.update(file).update(readFileSync(join(sourceRoot, room, file)));
    }
  }
  hash.update(readFileSync(createRequire(import.meta.url).resolve('@temporalio/workflow/package.json')));
  return hash.digest('hex').slice(0, 16);
}
