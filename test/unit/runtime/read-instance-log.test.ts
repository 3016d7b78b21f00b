import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { capLog } from '../../../src/drivers/process/instance-log.ts';
import { readInstanceLog, type InstanceLogOptions } from '../../../src/runtime/read-instance-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the log of an instance', () => {
  const key = { tenant: 'default', kind: 'Instance', name: 'web' };
  const place = () => join(folder, 'instances', 'default', 'Instance', 'web');
  const read = (options: Partial<InstanceLogOptions>) =>
    readInstanceLog(folder, key, { owner: 'host-1', configuredHost: undefined, tail: 2, ...options });
  beforeEach(async () => {
    await mkdir(place(), { recursive: true });
    await writeFile(join(folder, 'host'), 'host-1\n');
  });

  test('is the one written last, as many lines as were asked for', async () => {
    await writeFile(join(place(), 'output-1-2-aa.log'), 'old\n');
    await writeFile(join(place(), 'output-3-4-bb.log'), 'one\ntwo\nthree\n');
    await utimes(join(place(), 'output-1-2-aa.log'), 1, 1);
    expect((await read({})).lines).toEqual(['two', 'three']);
    expect((await read({ owner: undefined, tail: 0 })).lines).toEqual([]);
  });

  test('goes on from what was cut off it, where it has grown too large', async () => {
    const file = join(place(), 'output.log');
    await writeFile(file, 'one\ntwo\nthree\n');
    await capLog(file, 10);
    expect((await read({})).lines).toEqual(['two', 'three']);
    await appendFile(file, 'four\n');
    expect(await read({})).toEqual({ lines: ['three', 'four'], file });
  });

  test('of another host → HOST_UNREACHABLE, naming it', async () => {
    await expect(read({ owner: 'host-2' })).rejects.toThrow(/^HOST_UNREACHABLE Instance\/web: runs on host host-2/);
  });

  test('of the host that is configured is read, though no id is kept with its data; of the folder’s former id it is not', async () => {
    await writeFile(join(place(), 'output.log'), 'one\n');
    await expect(read({ configuredHost: 'host-9' })).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    await rm(join(folder, 'host'));
    expect((await read({ owner: 'host-9', configuredHost: 'host-9' })).lines).toEqual(['one']);
    await expect(read({ owner: 'host-9' })).rejects.toThrow(/this data folder is of no host/);
  });

  test('that was never written → NOT_FOUND', async () => {
    await expect(read({})).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
