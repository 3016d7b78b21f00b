import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver, EffectGrant, InstanceSettings, InstanceFacts } from '../../../src/drivers/driver.ts';
import { createHostProcesses } from '../../../src/drivers/process/host-processes.ts';
import {
  createInstrumentedProcessDriver,
  type InstrumentedProcessDriverOptions,
} from '../../../src/drivers/process/process-driver.ts';
import { findFreePort } from '../../../src/servers/index.ts';

const host = createHostProcesses();

/** The instance all tests of the driver are about. */
export const web = { tenant: 'default', kind: 'Instance', name: 'web' } as const;

/** Says at each start, in a file outside its own folder, who it is; `CHILD` makes it start one that ignores SIGTERM, `BARE` one without an environment. */
const program = `
const { appendFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
appendFileSync(process.env.STARTS, process.pid + '\\n');
console.log('started', process.env.PORT, process.env.HOMEOSTAT_KEY);
if (process.env.IGNORE) process.on('SIGTERM', () => {});
if (process.env.CHILD) {
  const child = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'], process.env.BARE ? { env: {} } : {});
  child.stdout.once('data', () => appendFileSync(process.env.STARTS + '.child', child.pid + '\\n'));
}
if (process.env.EXIT) process.exit(Number(process.env.EXIT));
setInterval(() => {}, 1000);
`;

/** One temporary folder with an image and instances in it, and what is known of all processes that were started there. */
export interface Bench {
  readonly folder: string;
  readonly image: string;
  readonly settings: InstanceSettings;
  driver(options?: Partial<InstrumentedProcessDriverOptions>): Driver;
  /** Pids in the order in which programs were started: the oracle. */
  starts(): Promise<number[]>;
  childPids(): Promise<number[]>;
  /** Names in the instance's folder. */
  path(...parts: string[]): string;
  dispose(): Promise<void>;
}

export async function createBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-process-'));
  const image = join(folder, 'image');
  const marks = join(folder, 'starts');
  await mkdir(image);
  await writeFile(join(image, 'main.cjs'), program);
  const readPids = async (file: string): Promise<number[]> =>
    (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number);
  return {
    folder,
    image,
    settings: {
      image,
      command: ['node', 'main.cjs'],
      env: { STARTS: marks },
      ports: [await findFreePort()],
      files: { 'conf/app.ini': 'a=1\n' },
      scratch: [],
      type: 'small',
    },
    driver: (options) => createInstrumentedProcessDriver({ folder: join(folder, 'instances'), ...options }),
    starts: () => readPids(marks),
    childPids: () => readPids(`${marks}.child`),
    path: (...parts) => join(folder, 'instances', web.tenant, web.kind, web.name, ...parts),
    async dispose() {
      // Programs of this bench only: they are the leaders of groups of their own. One that has just begun has left no mark.
      for (const pid of [...(await readPids(marks)), ...(await listRunningIn(folder))]) endGroup(pid);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export function grant(key: string, attempt = 1, signal: AbortSignal = new AbortController().signal): EffectGrant {
  return { key, attempt, signal, heartbeat() {}, secret: async (name) => `the secret ${name}` };
}

export async function observePresent(driver: Driver, desiredImage?: string): Promise<InstanceFacts> {
  const observed = await driver.observe(web, desiredImage);
  if (observed.type === 'present') return observed.status;
  throw new Error(`observed ${JSON.stringify(observed)}`);
}

/** Polls until the value is no longer undefined. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value> {
  const deadline = performance.now() + 8_000;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`waited too long until ${what}`);
    await sleep(10);
  }
}

/** Not ended: a zombie that nobody took note of yet is not alive. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await host.find(pid))?.isZombie === false;
}

/** Processes that are in a folder, or below it; where the system does not tell, none. */
async function listRunningIn(folder: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const places = names.map(async (name) => ({
    pid: Number(name),
    cwd: await readlink(`/proc/${name}/cwd`).catch(() => ''),
  }));
  return (await Promise.all(places))
    .filter(({ pid, cwd }) => pid > 0 && cwd.startsWith(`${folder}/`))
    .map(({ pid }) => pid);
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
