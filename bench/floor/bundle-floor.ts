import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { payloadConverterPath } from '../../src/workers/workflow-bundle.ts';

/** The floor's workflow in one file, as the runtime keeps its own. */
export async function bundleFloor(folder: string): Promise<{ codePath: string }> {
  const codePath = join(folder, 'floor-workflow.cjs');
  if (existsSync(codePath)) return { codePath };
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./floor-workflow.ts', import.meta.url)),
    payloadConverterPath,
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error },
  });
  await writeFile(codePath, code);
  return { codePath };
}
