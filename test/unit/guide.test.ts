import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../support/run-program.ts';

/** The guide quotes whole files, in one block or in several that follow each other; a block names its file. */
const guide = readFileSync(join(projectRoot, 'docs', 'guide.md'), 'utf8');
const blocks = [...guide.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, file, text]) => ({
  file: file!,
  text: text!,
}));
const quoted = [...new Set(blocks.map(({ file }) => file))];
const withoutEmptyLines = (text: string) => text.replaceAll(/\n{2,}/g, '\n');

describe('the guide', () => {
  test.each(quoted)('quotes %s as it is', (file) => {
    const told = blocks.filter((block) => block.file === file).map(({ text }) => text);
    const real = readFileSync(join(projectRoot, 'examples', 'own-agent', file), 'utf8');
    expect(withoutEmptyLines(told.join('\n'))).toBe(withoutEmptyLines(real));
  });

  test('quotes every file of the example but its README and the helper that it only names', () => {
    const files = readdirSync(join(projectRoot, 'examples', 'own-agent'));
    expect(files.filter((file) => !quoted.includes(file))).toEqual(['README.md', 'managed-folder.ts']);
  });
});
