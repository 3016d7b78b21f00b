import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect } from 'vitest';

/** The first row has the columns' names. */
export type Table = readonly (readonly string[])[];

/**
 * Holds tables of a document against what they are written from; run with -u they are written anew. Each stands between
 * `<!-- <mark>: … -->` and `<!-- end of <mark> -->`.
 */
export async function expectTables(file: string, tables: Readonly<Record<string, Table>>): Promise<void> {
  let text = readFileSync(file, 'utf8');
  for (const [mark, [head = [], ...body]] of Object.entries(tables)) {
    const table = [head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
    const place = new RegExp(`(<!-- ${mark}:.*-->\n)[^]*(<!-- end of ${mark} -->)`);
    expect(text).toMatch(place);
    text = text.replace(place, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
  }
  const expected = await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
  await expect(expected).toMatchFileSnapshot(file);
}

/** A default as a person would write it. */
export function showDefault(value: unknown): string {
  return value === undefined ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
