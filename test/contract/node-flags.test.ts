import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../support/run-program.ts';

const textOf = (file: string) => readFileSync(join(projectRoot, file), 'utf8');
const flags = /^#!\/usr\/bin\/env -S node (--\S+)\n/.exec(textOf('src/cli/main.ts'))?.[1];

/** Where our command is started by the path of its file, its first line is not read. */
test.each(['scripts/run.cjs', 'deploy/systemd/homeostat.service', 'bench/support/node-flags.ts'])(
  '%s gives Node the flags that the first line of our command has',
  (file) => {
    expect(flags).toMatch(/^--max-semi-space-size=\d+$/);
    expect(textOf(file)).toContain(`${flags}`);
  },
);

test('the evaluation starts our command with them, wherever it does', () => {
  const starts = textOf('eval/approaches/homeostat.ts').match(/\[.*\bmain, '.*\]/g);
  expect(starts).toHaveLength(2);
  for (const start of starts!) expect(start).toMatch(/^\[\.\.\.nodeFlags, main, /);
});
