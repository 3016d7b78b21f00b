import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ownerOf, toOwnedName } from '../../../src/drivers/process/instance-folder.ts';
import { listLeftovers } from '../../../src/drivers/process/leftovers.ts';
import { followState } from '../../../src/drivers/process/instance-state.ts';
import { createHostProcesses } from '../../../src/drivers/process/host-processes.ts';

test('a name says who made it', () => {
  const owner = { pid: 4711, startTime: 'Fri Nov 20', bootId: 'b' };
  expect(ownerOf(toOwnedName('root-0123456789ab', owner))).toEqual({ pid: 4711, startTime: 'Fri_Nov_20' });
  expect(ownerOf(`${toOwnedName('output', owner)}.log`)).toEqual({ pid: 4711, startTime: 'Fri_Nov_20' });
  expect(ownerOf('exit-4711-90210.json')).toBeUndefined();
});

test('leftovers are what no state needs and no living runtime is at work on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-leftovers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const host = createHostProcesses();
  const self = (await host.find(process.pid))!;
  const alive = toOwnedName('unpack', { ...self, bootId: '' });
  const recycled = toOwnedName('unpack', { pid: process.pid, startTime: '1', bootId: '' });
  const needed = { root: 'root-needed', log: 'output-needed.log' };
  for (const name of ['states', alive, recycled, needed.root, needed.log, 'exit-1-2.json'])
    await mkdir(join(folder, name));
  const state = followState(undefined, {
    phase: 'provisioned',
    wanted: 'stopped',
    settings: { image: '', command: [], env: {}, ports: [], files: {}, scratch: [], type: 'small' },
    obsoleteFiles: [],
    imageDigest: '',
    starts: 0,
    ...needed,
  });
  expect((await listLeftovers(folder, state, host)).toSorted()).toEqual(['exit-1-2.json', recycled].toSorted());
});
