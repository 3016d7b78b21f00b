import { appendFile, mkdtemp, open, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { capLog, cutLog, readLogTail, toText } from '../../../src/drivers/process/instance-log.ts';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-log-'));
  log = join(folder, 'output.log');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the log of an instance', () => {
  test('is empty before anything was written', async () => {
    expect(await readLogTail(log, 100)).toBe('');
  });

  test('characters cut in two are left out at both ends, invalid bytes are replaced', () => {
    const bytes = Buffer.from('äöü');
    expect(toText(bytes.subarray(1, 5))).toBe('ö');
    expect(toText(Buffer.from([0x61, 0xff, 0x62]))).toBe('a\ufffdb');
    expect(toText(Buffer.from('x😀').subarray(0, 3))).toBe('x');
  });

  test('that grew too large is cut, and a writer in append mode goes on at its new end', async () => {
    const writer = await open(log, 'a');
    await writer.write('0123456789');
    await capLog(log, 5);
    await writer.write('ab');
    await writer.close();
    expect((await stat(log)).size).toBe(2);
    expect(await readLogTail(log, 4)).toBe('89ab');
    expect(await readLogTail(log, 100)).toBe('56789ab');
  });

  test('within its bounds is left alone', async () => {
    await writeFile(log, 'abc');
    await capLog(log, 3);
    await appendFile(log, 'd');
    expect(await readLogTail(log, 100)).toBe('abcd');
  });

  test('is cut once by all who look at it at once, and what is kept of it stays', async () => {
    for (let round = 0; round < 20; round += 1) {
      await writeFile(log, `${'x'.repeat(100_000)}end`);
      await Promise.all([capLog(log, 10), capLog(log, 10), cutLog(log), capLog(log, 10)]);
      expect((await stat(log)).size).toBe(0);
      expect(await readdir(folder)).toEqual(['output.log', 'output.log.1']);
    }
    await writeFile(log, `${'x'.repeat(100_000)}end`);
    await Promise.all([capLog(log, 10), capLog(log, 10)]);
    expect(await readLogTail(log, 100)).toBe('xxxxxxxend');
  });

  test('is cut to its last 64 KiB when room is needed, and a writer goes on', async () => {
    await writeFile(`${log}.1`, 'older');
    await writeFile(log, `${'x'.repeat(100_000)}end`);
    await cutLog(log);
    expect((await stat(log)).size).toBe(0);
    expect((await stat(`${log}.1`)).size).toBe(64 * 1_024);
    await appendFile(log, ' more');
    expect(await readLogTail(log, 8)).toBe('end more');
    await cutLog(join(log, '..', 'none'));
  });

  test('that was cut before keeps its end, however often room is made', async () => {
    await writeFile(log, `${'x'.repeat(100)}end`);
    await capLog(log, 10);
    await cutLog(log);
    await cutLog(log);
    expect(await readLogTail(log, 100)).toBe('xxxxxxxend');
  });

  test('leaves no old copy of a process that was killed while it cut, but one that is new', async () => {
    const copies = [`${log}.1.1.new`, `${log}.1.2.new`] as const;
    for (const copy of copies) await writeFile(copy, 'half');
    await utimes(copies[0], 0, 0);
    await writeFile(log, 'too much');
    await capLog(log, 3);
    expect(await readdir(folder)).toEqual(['output.log', 'output.log.1', 'output.log.1.2.new']);
  });

  test('on a full disk is cut to its end in place of kept whole', async () => {
    await writeFile(log, 'too much');
    await symlink('/dev/full', `${log}.1.${process.pid}.new`);
    await capLog(log, 3);
    expect((await stat(log)).size).toBe(0);
    expect(await readLogTail(log, 100)).toBe('too much');
  });
});
