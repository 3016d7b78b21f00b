import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHostProcesses } from '../../../src/drivers/process/host-processes.ts';
import { createInstanceFolder, openInstanceFolder } from '../../../src/drivers/process/instance-folder.ts';
import { followState, type StateContent } from '../../../src/drivers/process/instance-state.ts';
import { watchInstances } from '../../../src/drivers/process/watch-instances.ts';
import { waitFor } from '../../support/wait-for.ts';

const web = { tenant: 'default', kind: 'Instance', name: 'web' };
const provisioned: StateContent = {
  phase: 'provisioned',
  wanted: 'stopped',
  settings: { image: 'app', command: ['app'], env: {}, ports: [], files: {}, scratch: [], type: 'small' },
  obsoleteFiles: [],
  imageDigest: 'a'.repeat(64),
  root: 'root',
  log: 'output.log',
  starts: 0,
};

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'homeostat-watch-'))));
afterEach(() => rm(folder, { recursive: true }));

test.each([
  { agoMs: 60_000, tick: 'another tick of the clock' },
  { agoMs: 0, tick: 'the same tick of the clock' },
])(
  'the record of a removed instance is read once it is settled; an instance in $tick is told of',
  async ({ agoMs }) => {
    const { path, chain } = openInstanceFolder(folder, web);
    await createInstanceFolder({ path, chain });
    await chain.append(followState(undefined, { phase: 'terminated' }));
    const changedAt = new Date(Date.now() - agoMs);
    await utimes(chain.folder, changedAt, changedAt);
    let reads = 0;
    const counting = {
      ...chain,
      head() {
        reads += 1;
        return chain.head();
      },
    };
    const told: string[] = [];
    const ending = new AbortController();
    const watching = watchInstances({
      host: { processes: createHostProcesses(), bootId: 'boot' },
      open: () => ({ path, chain: counting }),
      list: async () => [web],
      changed: ({ name }) => void told.push(name),
      signal: ending.signal,
    });
    await sleep(agoMs === 0 ? 100 : 1_300);
    expect(reads).toBe(1);
    await chain.append(followState(await chain.head(), provisioned));
    if (agoMs === 0) await utimes(chain.folder, changedAt, changedAt);
    await waitFor('it to be told', () => told.length > 0, 4_000);
    ending.abort();
    await watching;
    expect(told).toEqual(['web']);
  },
);
