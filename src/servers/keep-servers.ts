import { setTimeout as sleep } from 'node:timers/promises';
import { etcdServer } from './etcd-server.ts';
import { acquireLock } from './exclusive-lock.ts';
import type { Ports } from './ports.ts';
import { isRunning, toIdentity, type ProcessIdentity } from './process-identity.ts';
import { firstLine } from './progress.ts';
import type { ProgressReport } from './progress.ts';
import type { ServerDefinition } from './server-definition.ts';
import { readRecord, type ServerRecord } from './server-record.ts';
import { logFileOf } from './spawn-server.ts';
import { startLockOf, startServer } from './start-server.ts';
import { temporalServer } from './temporal-server.ts';
import type { FindContext, RunningServers, ServerName, ServersOptions } from './types.ts';

const LOOK_EVERY_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
/** One that has run for so long has come up for good: should it end again, that is a new fault. */
const STEADY_MS = 60_000;
/** After so many starts in vain in a row it takes a person. */
const TRIES_UNTIL_TOLD = 5;

export interface KeptServers {
  /** Gives up what is being started and starts nothing any more. To be called before the servers are stopped. */
  stop(): Promise<void>;
}

/**
 * Starts servers of ours that end again, each by itself, on the ports where others look for them, and tells so. One that
 * does not come up, or not for long, is tried ever more slowly and never given up. Servers at configured addresses, and
 * ones that run but do not answer, are left alone. `onStarted` gets the process of each that runs again, once more where it throws.
 */
export function keepServers(
  options: ServersOptions,
  { temporal, etcd }: RunningServers,
  report: ProgressReport,
  onStarted: (name: ServerName, process: ProcessIdentity) => void,
): KeptServers {
  const ending = new AbortController();
  const context = { options, report, onStarted, signal: ending.signal };
  const loops = [
    ...(temporal.process === undefined ? [] : [keepServer(temporalServer, temporal.process, context)]),
    ...(etcd.process === undefined ? [] : [keepServer(etcdServer, etcd.process, context)]),
  ];
  return {
    async stop() {
      ending.abort();
      await Promise.all(loops);
    },
  };
}

interface KeepContext extends FindContext {
  readonly signal: AbortSignal;
  readonly onStarted: (name: ServerName, process: ProcessIdentity) => void;
}

async function keepServer(definition: ServerDefinition, toldOf: ProcessIdentity, context: KeepContext): Promise<void> {
  const { options, report, signal, onStarted } = context;
  const subject = definition.name;
  const note = (text: string): void => {
    if (!signal.aborted) report({ type: 'note', subject, text });
  };
  let told = toldOf;
  let isUntold = false;
  /** What could not be told, as on a full disk, is told at a later look. */
  const tell = (process: ProcessIdentity): void => {
    if (process.pid === told.pid && process.startTime === told.startTime) return;
    try {
      onStarted(subject, toIdentity(process));
      told = process;
      isUntold = false;
    } catch (error) {
      if (!isUntold) note(`commands do not find process ${process.pid} yet: ${firstLine(error)}`);
      isUntold = true;
    }
  };
  let tries = 0;
  let triedAt = performance.now();
  for (;;) {
    // The first try comes at once, the second after four seconds, and so on.
    const pauseMs = Math.min(LONGEST_PAUSE_MS, LOOK_EVERY_MS * 2 ** tries);
    const isOver = await sleep(pauseMs, false, { signal }).catch(() => true);
    if (isOver) return;
    const record = await readRecord(options.dataDir, subject);
    if (record === undefined) continue;
    if (isRunning(record)) {
      tell(record);
      if (performance.now() - triedAt > STEADY_MS) tries = 0;
      continue;
    }
    tries += 1;
    triedAt = performance.now();
    note(`process ${record.pid} has ended: starting it again`);
    try {
      const started = await startAgain(definition, record.ports, context);
      if (started !== undefined) {
        note(`runs again: process ${started.pid}`);
        tell(started);
      }
    } catch (error) {
      note(`cannot be started again: ${firstLine(error)}`);
    }
    if (tries >= TRIES_UNTIL_TOLD) {
      const logFile = logFileOf(options.dataDir, subject);
      note(
        `was started ${tries} times in a row and did not last: see ${logFile}, and put right what it says. Tries go on`,
      );
    }
  }
}

/** The new process; undefined while somebody else is at it. What it would say of its progress has been said already. */
async function startAgain(
  definition: ServerDefinition,
  ports: Ports,
  { options, signal }: KeepContext,
): Promise<ServerRecord | undefined> {
  const lock = await acquireLock(startLockOf(options.dataDir));
  if (!('release' in lock)) return undefined;
  try {
    const { record } = await startServer(definition, ports, { options, report: () => {}, ports, signal });
    return record;
  } finally {
    await lock.release();
  }
}
