import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEffectCounter } from '../../../eval/oracle/count-effects.ts';
import type { Look } from '../../../eval/oracle/look.ts';
import type { WatchedService } from '../../../eval/oracle/verdict.ts';
import type { Note } from '../../../eval/stage/notes.ts';

let notesFolder: string;
beforeEach(() => {
  notesFolder = mkdtempSync(join(tmpdir(), 'homeostat-eval-notes-'));
});
afterEach(() => rmSync(notesFolder, { recursive: true }));

const serviceOf = (name: string, mayTouch: boolean): WatchedService => ({
  name,
  port: 1,
  notesFolder,
  greeting: 'hello',
  isStopped: false,
  files: ['config'],
  ordersFile: 'orders',
  mayTouch,
});
const start = (pid: number): Note => ({ type: 'start', pid, at: 1_000 + pid, by: 'keeper', cwd: '/somewhere' });
const look = (pids: readonly number[], more: Partial<Look> = {}): Look => ({
  problem: undefined,
  starts: pids.map(start),
  newest: start(pids.at(-1)!),
  alive: [`${pids.at(-1)!}@1`],
  files: { config: 'good' },
  orders: 'whole',
  ...more,
});
const put = (service: WatchedService, type: 'fault' | 'control', looks: readonly Look[]) => {
  const counter = createEffectCounter([service], type);
  const [before, faulty, ...later] = looks;
  counter.begin([before!]);
  counter.add([faulty!]);
  counter.faultIsIn([faulty!], []);
  for (const one of later) counter.add([one]);
  return counter.end([looks.at(-1)!]);
};

test('what the fault itself did counts for nobody, what came after it does', () => {
  const edited = look([1], { files: { config: 'bad' } });
  expect(put(serviceOf('web', true), 'fault', [look([1]), edited, look([1]), look([1, 2])])).toMatchObject([
    { service: 'web', what: 'config was changed (bad to good)' },
    { service: 'web', what: 'was started (process 2)', at: 1_002 },
  ]);
});

test('an effect on the culprit is not wrong, on any other it is', () => {
  const looks = [look([1]), look([1]), look([1, 2])];
  expect(put(serviceOf('web', true), 'fault', looks)[0]).not.toHaveProperty('wrong');
  expect(put(serviceOf('db', false), 'fault', looks)).toMatchObject([{ wrong: 'is not the culprit' }]);
  expect(put(serviceOf('web', false), 'control', looks)).toMatchObject([{ wrong: 'nothing was wrong' }]);
});

test('orders that are lost are wrong even where a repair may touch the service', () => {
  const lost = look([1], { orders: 'ENOENT' });
  expect(put(serviceOf('web', true), 'fault', [look([1]), look([1]), lost])).toMatchObject([
    { wrong: 'customers lose data' },
  ]);
});

test('who was asked to end and was not started again was ended by somebody', () => {
  const ended: Note = { ...start(1), type: 'asked-to-end', at: Date.now() + 60_000 };
  writeFileSync(join(notesFolder, 'notes.jsonl'), [start(1), ended].map((note) => JSON.stringify(note)).join('\n'));
  const gone = look([1], { alive: [] });
  expect(put(serviceOf('web', true), 'fault', [look([1]), look([1]), gone])).toMatchObject([
    { what: 'was ended, and not started again' },
  ]);
});

test('who ended by the fault alone was ended by nobody', () => {
  const gone = look([1], { alive: [] });
  expect(put(serviceOf('web', true), 'fault', [look([1]), gone, gone])).toEqual([]);
});

test.each([
  { type: 'fault', wrong: 'is not the culprit', reason: 'no fault is put into it' },
  { type: 'control', wrong: 'nothing was wrong', reason: 'there is no fault' },
] as const)('who is killed in a $type and stays down, where $reason, was ended by somebody', ({ type, wrong }) => {
  const gone = look([1], { alive: [] });
  expect(put(serviceOf('db', false), type, [look([1]), look([1]), gone])).toMatchObject([
    { service: 'db', what: 'was ended, and not started again', wrong },
  ]);
});

test('a stranger who goes on is no effect', () => {
  const counter = createEffectCounter([serviceOf('web', true)], 'fault');
  counter.begin([look([1])]);
  counter.faultIsIn([look([1])], [{ pid: process.pid, mayBeEnded: false }]);
  expect(counter.end([look([1])])).toEqual([]);
});
