import { expect, test } from 'vitest';
import { createProgressPrinter } from '../../../src/servers/progress-lines.ts';
import type { ProgressEvent } from '../../../src/servers/progress.ts';

const STORY: readonly ProgressEvent[] = [
  { type: 'step-start', subject: 'etcd', text: 'official release' },
  {
    type: 'step-end',
    subject: 'etcd',
    text: 'official release',
    elapsedMs: 12,
    outcome: 'failed',
    detail: 'no network',
  },
  { type: 'step-start', subject: 'etcd', text: 'compiling etcd 3.7.3' },
  { type: 'step-tick', subject: 'etcd', text: 'compiling etcd 3.7.3', elapsedMs: 1000 },
  { type: 'step-tick', subject: 'etcd', text: 'compiling etcd 3.7.3', elapsedMs: 2000 },
  { type: 'step-end', subject: 'etcd', text: 'compiling etcd 3.7.3', elapsedMs: 2400, outcome: 'done' },
  { type: 'note', subject: 'temporal', text: 'port 7233 is taken: using 40123 from now on' },
];

function print(isTTY: boolean): string {
  let printed = '';
  const report = createProgressPrinter({ isTTY, columns: 80, write: (text) => (printed += text) });
  for (const event of STORY) report(event);
  return printed;
}

test('in a log, each step is a line and waiting is dots', () => {
  expect(print(false)).toBe(
    [
      'etcd      official release: failed, no network',
      'etcd      compiling etcd 3.7.3 ….',
      'etcd      compiling etcd 3.7.3 … 2.4 s',
      'temporal  port 7233 is taken: using 40123 from now on',
      '',
    ].join('\n'),
  );
});

test('on a terminal, the last line counts the seconds of what is under way', () => {
  const printed = print(true);
  expect(printed).toContain('\r\u001B[2Ketcd      compiling etcd 3.7.3 … 2.0 s');
  expect(printed).toContain('\r\u001B[2Ketcd      compiling etcd 3.7.3 … 2.4 s\n');
});
