import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { loadWorkflowBundle } from '../../src/workers/workflow-bundle.ts';
import { projectRoot } from './run-program.ts';

/** What is made once for all tests, and is there still for those of the next change. */
export const testCache = join(projectRoot, 'node_modules', '.cache', 'homeostat-test');

/** The workflow code as one file, made once for all tests of these sources. */
export function loadTestBundle(): Promise<{ codePath: string }> {
  return loadWorkflowBundle(join(testCache, 'bundle'));
}

/** Puts it where a runtime with this data folder looks, which then has not to make it: two seconds of a core each. */
export async function giveTestBundle(dataDir: string): Promise<void> {
  const { codePath } = await loadTestBundle();
  const folder = join(dataDir, 'cache');
  await mkdir(folder, { recursive: true });
  await copyFile(codePath, join(folder, basename(codePath)));
}
