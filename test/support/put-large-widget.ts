import { appendFileSync, existsSync } from 'node:fs';
import type { ToolContext } from '../../src/index.ts';

/** The isolated tool of the widget agent. It notes its process beside the file that makes it spin. */
export async function execute(
  { idempotencyKey, externalName }: ToolContext,
  { size, effectServer, spinWhile }: { size: number; effectServer: string; spinWhile: string },
): Promise<object> {
  appendFileSync(`${spinWhile}.pids`, `${process.pid}\n`);
  while (existsSync(spinWhile));
  const effect = { key: idempotencyKey, object: externalName, action: 'put', value: { size } };
  const response = await fetch(`${effectServer}/effects`, { method: 'POST', body: JSON.stringify(effect) });
  if (!response.ok && response.status !== 409) throw new Error(`effect server said ${response.status}`);
  return {};
}
