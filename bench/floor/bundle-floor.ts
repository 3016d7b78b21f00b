import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflows } from '../../src/workers/workflow-bundle.ts';

/** The floor's workflow in one file, as the runtime keeps its own. */
export async function bundleFloor(folder: string): Promise<{ codePath: string }> {
  const codePath = join(folder, 'floor-workflow.cjs');
  if (existsSync(codePath)) return { codePath };
  const workflowsPath = fileURLToPath(new URL('./floor-workflow.ts', import.meta.url));
  await writeFile(codePath, await bundleWorkflows({ workflowsPath }));
  return { codePath };
}
