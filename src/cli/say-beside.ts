import type { OutputFormat } from './global-options.ts';

/** A note for people beside the result. Where a machine reads, stderr holds errors in JSON and nothing else. */
export function sayBeside(output: OutputFormat, note: string): void {
  if (output === 'table' || process.stderr.isTTY) process.stderr.write(`note       ${note}\n`);
}
