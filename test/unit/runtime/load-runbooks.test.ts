import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import { findRunbooks } from '../../../src/domain/runbook.ts';
import { loadRunbooks } from '../../../src/runtime/load-runbooks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-runbooks-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (file: string, content: string) => writeFileSync(join(folder, file), content);
const good = '---\nissue: disk_full\ntitle: Full disk\n---\n\nRemove old logs.\n';
const errorsOf = (where = folder) => {
  try {
    loadRunbooks(where, ['Instance', 'Widget']);
    return [];
  } catch (error) {
    return toCodedErrors(error).map(({ code, message }) => ({ code, message }));
  }
};

test('without a folder there are none', () => expect(loadRunbooks(undefined, [])).toEqual([]));

test('every markdown file of the folder is one, in the order of names', () => {
  write('b.md', '---\r\nissue: slow_queue\r\nkinds: [Widget]\r\ntitle: Slow\r\n---\r\nWait.');
  write('a.md', good);
  write('notes.txt', 'no runbook');
  const runbooks = loadRunbooks(folder, ['Instance', 'Widget']);
  expect(runbooks).toEqual([
    { name: 'a', issue: 'disk_full', title: 'Full disk', text: 'Remove old logs.' },
    { name: 'b', issue: 'slow_queue', kinds: ['Widget'], title: 'Slow', text: 'Wait.' },
  ]);
  expect(findRunbooks(runbooks, 'slow_queue', 'Widget').map(({ name }) => name)).toEqual(['b']);
  expect(findRunbooks(runbooks, 'slow_queue', 'Instance')).toEqual([]);
  expect(findRunbooks(runbooks, 'disk_full', 'Instance').map(({ name }) => name)).toEqual(['a']);
});

test.each([
  ['no front matter', 'Remove old logs.', /does not begin with front matter .*begin it with ---/],
  ['no text', '---\nissue: disk_full\ntitle: t\n---\n \n', /says nothing/],
  ['front matter that is no YAML', '---\nissue: [\n---\ntext', /front matter/],
  ['a missing title', '---\nissue: disk_full\n---\ntext', /title/],
  ['an unknown field', '---\nissue: disk_full\ntitle: t\nowner: me\n---\ntext', /owner/],
  ['a type that cannot be', '---\nissue: Disk Full\ntitle: t\n---\ntext', /issue.*such as disk_full/],
  ['an unknown kind', '---\nissue: disk_full\ntitle: t\nkinds: [Widgets]\n---\ntext', /kinds.*did you mean Widget\?/],
  ['too many bytes', `${good}${'x'.repeat(20_000)}`, /at most 16384 are read .*split it/],
])('%s is refused, with the file and what to do', (_, content, message) => {
  write('good.md', good);
  write('bad.md', content);
  const errors = errorsOf();
  expect(errors).toEqual([{ code: 'INVALID_CONFIG', message: expect.stringMatching(message) as string }]);
  expect(errors[0]!.message).toContain('bad.md');
});

test('all that is wrong is said at once', () => {
  write('one.md', 'x');
  write('two.md', 'y');
  expect(errorsOf()).toHaveLength(2);
});

test('a folder that is not there is refused', () => {
  expect(errorsOf(join(folder, 'none'))).toEqual([
    { code: 'INVALID_CONFIG', message: expect.stringMatching(/heal\.runbooks.*ENOENT.*name a folder/) as string },
  ]);
});

test('the example can be read', () => {
  const examples = fileURLToPath(new URL('../../../examples/runbooks', import.meta.url));
  expect(loadRunbooks(examples, ['Instance']).length).toBeGreaterThan(0);
});
