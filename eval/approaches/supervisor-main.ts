/**
 * Restart on failure, as a process of its own: starts again what has ended, and ends and starts what does not answer its
 * health check three times in a row, each time later when that did not last. It knows nothing of alerts, files or causes,
 * and never gives up. Told by messages
 * which services to keep; writes what it does to the file it is given.
 */
import { appendFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { killGroup } from '../stage/process-table.ts';
import { launch, type Launch } from './by-hand.ts';

export type SupervisorMessage =
  { readonly type: 'keep'; readonly launch: Launch } | { readonly type: 'let-go'; readonly name: string };

export interface SupervisorNote {
  readonly at: number;
  readonly service: string;
  readonly why: string;
}

const everyMs = 1_000;
const healthTimeoutMs = 2_000;
const failuresToRestart = 3;
/** A process has this long to answer for the first time. */
const graceMs = 5_000;
/** After a start that did not last the next one waits twice as long. */
const backOff = { firstMs: 500, longestMs: 10_000, forgottenAfterMs: 15_000 };

interface Kept {
  readonly launch: Launch;
  child: ChildProcess | undefined;
  startedAt: number;
  failures: number;
  pauseMs: number;
  /** The look that is under way. */
  round: Promise<void>;
}

const [journal] = process.argv.slice(2);
if (journal === undefined) throw new Error('usage: supervisor-main.ts <journal>');
const kept = new Map<string, Kept>();

function start(one: Kept): void {
  one.startedAt = Date.now();
  one.failures = 0;
  try {
    one.child = launch(one.launch);
    // A folder that is gone is told this way; the next look finds no process.
    one.child.on('error', () => undefined);
  } catch {
    one.child = undefined;
  }
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(healthTimeoutMs) })).ok;
  } catch {
    return false;
  }
}

async function look(one: Kept): Promise<void> {
  const { child, launch: how } = one;
  const hasEnded = child?.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  if (!hasEnded) {
    const healthy = await isHealthy(how.port);
    one.failures = healthy ? 0 : one.failures + 1;
    if (one.failures < failuresToRestart || Date.now() - one.startedAt < graceMs) return;
    killGroup(child.pid);
  }
  const hasLasted = Date.now() - one.startedAt > backOff.forgottenAfterMs;
  one.pauseMs = hasLasted ? backOff.firstMs : Math.min(one.pauseMs * 2, backOff.longestMs);
  await sleep(one.pauseMs);
  if (!kept.has(how.name)) return;
  const why = hasEnded ? `ended (${child?.exitCode ?? child?.signalCode ?? 'was not started'})` : 'health check failed';
  const note: SupervisorNote = { at: Date.now(), service: how.name, why };
  appendFileSync(journal!, `${JSON.stringify(note)}\n`);
  start(one);
}

process.on('message', (message: SupervisorMessage) => {
  if (message.type === 'let-go') return void letGo(message.name);
  const one: Kept = {
    launch: message.launch,
    child: undefined,
    startedAt: 0,
    failures: 0,
    pauseMs: backOff.firstMs,
    round: Promise.resolve(),
  };
  kept.set(message.launch.name, one);
  start(one);
  const again = (): void => {
    if (!kept.has(one.launch.name)) return;
    one.round = look(one).finally(() => void setTimeout(again, everyMs));
  };
  setTimeout(again, everyMs);
});

/** Answers with the name once nothing will be started any more. */
async function letGo(name: string): Promise<void> {
  const one = kept.get(name);
  kept.delete(name);
  await one?.round;
  process.send?.(name);
}
process.on('disconnect', () => process.exit(0));
