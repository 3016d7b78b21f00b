import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogFile } from '../../../src/telemetry/log-file.ts';
import { runProgram } from '../../support/run-program.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-log-'));
  path = join(folder, 'runtime.log');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const read = (name = 'runtime.log') => readFileSync(join(folder, name), 'utf8');

test('goes on where the file ends, in a folder that it makes', () => {
  path = join(folder, 'deep', 'runtime.log');
  createLogFile(path, expect.fail).write('one\n');
  createLogFile(path, expect.fail).write('two\n');
  expect(read('deep/runtime.log')).toBe('one\ntwo\n');
});

test('past its largest size a file makes room for a new one, at the start and later, and one older file is kept', () => {
  writeFileSync(path, 'found as it starts\n');
  const log = createLogFile(path, expect.fail, 10);
  expect(readdirSync(folder)).toEqual(['runtime.log']);
  log.write('1234567\n');
  expect([read('runtime.log.1'), read()]).toEqual(['found as it starts\n', '1234567\n']);
  for (const line of ['up to ten\n', 'second\n']) log.write(line);
  expect([read('runtime.log.1'), read()]).toEqual(['1234567\nup to ten\n', 'second\n']);
  expect(readdirSync(folder)).toEqual(['runtime.log', 'runtime.log.1']);
});

test('a file that cannot make room grows on, and says so once', () => {
  const told: string[] = [];
  mkdirSync(join(folder, 'runtime.log.1'));
  const log = createLogFile(path, (cause) => void told.push(cause), 5);
  for (const line of ['first\n', 'second\n', 'third\n']) log.write(line);
  expect(read()).toBe('first\nsecond\nthird\n');
  expect(told).toEqual([expect.stringMatching(/^E[A-Z]+: /)]);
});

test('a file that takes no line says so once, and how many are lost when it takes lines again', () => {
  const told: string[] = [];
  writeFileSync(join(folder, 'in-the-way'), '');
  path = join(folder, 'in-the-way', 'runtime.log');
  const log = createLogFile(path, (cause) => void told.push(cause));
  for (const line of ['one\n', 'two\n']) log.write(line);
  expect(told).toEqual([expect.stringMatching(/^E[A-Z]+: /)]);
  rmSync(join(folder, 'in-the-way'));
  for (const line of ['three\n', 'four\n']) log.write(line);
  const [gap, ...others] = read('in-the-way/runtime.log').split('\n');
  expect(JSON.parse(gap!)).toMatchObject({ level: 40, lost: 2 });
  expect(others).toEqual(['three', 'four', '']);
});

test.skipIf(process.platform !== 'linux')(
  'a process whose disk is full under its log says so, and goes on and ends; also where its standard error is there as well',
  async () => {
    symlinkSync('/dev/full', path);
    const program = `
      import { createLogger } from './src/telemetry/logger.ts';
      const log = createLogger('info', process.argv[1]);
      const onStandardError = createLogger('info');
      for (const said of ['one', 'two']) {
        log.info(said);
        onStandardError.info(said);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      console.log('goes on');`;
    const argv = [process.execPath, '--input-type=module', '--eval', program, path];
    const runs = ['exec "$@"', 'exec "$@" 2>/dev/full'].map((line) => runProgram('sh', ['-c', line, 'sh', ...argv]));
    const [one, other] = await Promise.all(runs);
    expect(one).toMatchObject({ code: 0, stdout: 'goes on\n' });
    expect(one?.stderr.match(/^note {7}the log cannot be written: ENOSPC: .*$/gm)).toHaveLength(1);
    expect(one?.stderr.match(/"msg":/g)).toHaveLength(2);
    expect(other).toEqual({ code: 0, stdout: 'goes on\n', stderr: '' });
  },
);
