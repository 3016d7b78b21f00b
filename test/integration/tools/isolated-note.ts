import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ToolContext } from '../../../src/index.ts';

export async function execute(
  { externalName, signal }: ToolContext,
  { folder, text }: { folder: string; text: string },
): Promise<object> {
  await writeFile(join(folder, externalName), text, { signal });
  return {};
}
