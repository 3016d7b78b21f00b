import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { createHostProcesses } from '../../src/drivers/process/host-processes.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Faults rows 1, 2 and 3 on real processes: the runtime is killed at every point of a provision. The oracle is a file
 * outside the instances' folders, to which each program adds a line when it starts.
 */
const program = `
import { appendFileSync } from 'node:fs';
appendFileSync(process.env.STARTS, process.env.NAME + ' ' + process.pid + '\\n');
setInterval(() => undefined, 1_000);
`;

let bed: FaultBed;
let image: string;
let startsFile: string;
beforeAll(async () => {
  bed = await startFaultBed();
  image = join(bed.servers.folder, 'image');
  startsFile = join(bed.servers.folder, 'starts');
  mkdirSync(image);
  writeFileSync(join(image, 'main.mjs'), program);
});
afterAll(async () => {
  for (const { pid } of starts()) endGroup(pid);
  await bed?.stop();
});

const put = (name: string) =>
  bed.put(name, { image, command: ['node', 'main.mjs'], env: { STARTS: startsFile, NAME: name } }, 'Instance');
const starts = () =>
  (existsSync(startsFile) ? readFileSync(startsFile, 'utf8') : '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ name: line.split(' ')[0]!, pid: Number(line.split(' ')[1]) }));
const host = createHostProcesses();
const isAlive = async (pid: number) => (await host.find(pid))?.isZombie === false;

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** One start, the one process alive, and it is the one that is on record. */
async function expectOneProcess(key: ResourceKey): Promise<void> {
  await bed.running(key);
  const noted = () => starts().filter(({ name }) => name === key.name);
  // It runs before it has got as far as its note.
  await waitFor(`the note of ${key.name}`, () => noted().length > 0);
  const mine = noted();
  expect(mine).toHaveLength(1);
  expect(await isAlive(mine[0]!.pid)).toBe(true);
  expect((await bed.status(key))?.observed).toMatchObject({ pid: mine[0]!.pid, state: 'running', starts: 1 });
}

const points = [
  'instance-begun',
  'instance-unpacked',
  'instance-launcher-spawned',
  'instance-order-sent',
  'instance-linked',
  'before-report',
  'after-report',
] as const;

describe('row 1 and 2: a runtime killed at a point of provisioning goes on, and the program starts once', () => {
  beforeAll(async () => {
    const doomed = await bed.start({
      gate: points.map((name) => ({ name, passing: 1, on: `default.instance.${name}` })),
    });
    await Promise.all(points.map(put));
    await doomed.gateReached();
    await doomed.kill();
    await bed.start();
  });

  test.each(points)('killed at %s', async (point) => {
    const key = { tenant: 'default', kind: 'Instance', name: point };
    await expectOneProcess(key);
    await bed.checkOracle(key);
  });
});

test('row 3: programs outlive every death of the runtime, and a next runtime starts none again', async () => {
  const before = starts();
  expect(before).toHaveLength(points.length);
  await bed.killRuntimes();
  const next = await bed.start();
  await waitFor('its first look at what it owns', () => next.logText().includes('"place":"this-host"'));
  expect(next.logText()).toContain(`"place":"this-host","looked":${points.length},"drifted":0,"released":0`);
  expect(starts()).toEqual(before);
  expect(await Promise.all(before.map(({ pid }) => isAlive(pid)))).toEqual(before.map(() => true));
});
