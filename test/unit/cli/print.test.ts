import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { format, toJson } from '../../../src/cli/print.ts';

const render = () => expect.fail('for people');

test.each([
  { name: 'a control that a terminal obeys', text: 'a\u009b2Jb' },
  { name: 'a delete and an escape', text: 'a\u007f\u001b[2Jb' },
  { name: 'a direction override', text: 'safe\u202edrow' },
  { name: 'a zero-width space', text: 'sa\u200bfe' },
  { name: 'a line separator', text: 'one\u2028two' },
  { name: 'a tag character, which takes two units', text: 'a\u{e0041}b' },
  { name: 'text of two lines with a tab', text: 'one\n\ttwo\n' },
  { name: 'what is shown as it is', text: 'größer → 大 😀' },
])('$name is the same value in JSON and YAML, and nothing to obey', ({ text }) => {
  const value = { [`key ${text}`]: [text, { text }] };
  for (const output of ['json', 'yaml'] as const) {
    const printed = format(output, value, render);
    expect(printed).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(parse(printed)).toEqual(value);
  }
  expect(JSON.parse(toJson(value))).toEqual(value);
});

test('plain YAML is left plain', () => {
  expect(format('yaml', { a: 'größer', b: 'one\ntwo\n', c: [1, true, null] }, render)).toBe(
    'a: größer\nb: |\n  one\n  two\nc:\n  - 1\n  - true\n  - null\n',
  );
});
