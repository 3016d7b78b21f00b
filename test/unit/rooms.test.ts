import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../support/run-program.ts';

test('the rooms that docs/design.md lists are the folders of src', () => {
  const design = readFileSync(join(projectRoot, 'docs', 'design.md'), 'utf8');
  const listed = [...design.matchAll(/^\| `([a-z]+)\/` +\|/gm)].map(([, room]) => room!);
  const folders = readdirSync(join(projectRoot, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(listed.toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
});
