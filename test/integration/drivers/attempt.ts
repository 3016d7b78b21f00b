import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Driver, EffectReceipt } from '../../../src/drivers/driver.ts';
import type { AttemptEvent, AttemptOrder } from './attempt-main.ts';
import { grant, until, web, type Bench } from './process-bench.ts';

const main = fileURLToPath(new URL('./attempt-main.ts', import.meta.url));

/** A running attempt of `attempt-main.ts`. */
export interface Attempt {
  readonly pid: number;
  readonly events: readonly AttemptEvent[];
  reachesGate(): Promise<unknown>;
  /** Waits for its end, which is to be there and nowhere later. */
  diesAtGate(): Promise<void>;
  /** Waits for its end. */
  ended(): Promise<readonly AttemptEvent[]>;
  launchers(): readonly number[];
}

export function beginAttempt(
  bench: Bench,
  order: Omit<AttemptOrder, 'folder' | 'settings'> & Partial<AttemptOrder>,
): Attempt {
  const complete: AttemptOrder = { folder: join(bench.folder, 'instances'), settings: bench.settings, ...order };
  const child = spawn(process.execPath, [main, JSON.stringify(complete)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const events: AttemptEvent[] = [];
  createInterface(child.stdout).on('line', (line) => events.push(JSON.parse(line) as AttemptEvent));
  let hasEnded = false;
  child.once('close', () => (hasEnded = true));
  const ended = () => until('the attempt has ended', () => (hasEnded ? events : undefined));
  return {
    pid: child.pid!,
    events,
    reachesGate: () => until('the gate is reached', () => events.find((event) => event.type === 'gate')),
    async diesAtGate() {
      expect((await ended()).filter(({ type }) => type !== 'launcher')).toEqual([{ type: 'gate' }]);
    },
    ended,
    launchers: () => events.flatMap((event) => (event.type === 'launcher' ? [event.pid] : [])),
  };
}

/** What `executeStep` does on a later attempt: probe, and do it where it cannot have happened. */
export async function settle(
  driver: Driver,
  bench: Bench,
  effect: AttemptOrder['effect'],
  key: string,
  attempt: number,
  settings = bench.settings,
): Promise<EffectReceipt> {
  const probed = await driver.probe(web, key, attempt);
  if (probed.type === 'happened') return probed.result;
  if (probed.type !== 'cannot-happen') throw new Error(`probed ${probed.type}`);
  const permit = grant(key, attempt);
  switch (effect) {
    case 'provision':
    case 'replace':
      return driver.provision(web, settings, { start: true, replace: effect === 'replace' }, permit);
    case 'clearSpace':
      return driver.clearSpace(web, permit);
    case 'configure':
      return driver.configure(web, settings, permit);
    case 'start':
      return driver.start(web, permit);
    case 'stop':
      return driver.stop(web, 2_000, permit);
    case 'restart':
      return driver.restart(web, 2_000, permit);
    case 'terminate':
      return driver.terminate(web, 2_000, permit);
  }
}
