import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readLogTail, sizeOf } from './instance-log.ts';
import type { LaunchOrder, LaunchReport } from './launch-order.ts';
import type { ProcessHost } from './process-host.ts';

/** The launcher lies beside this file, as TypeScript in the source and as JavaScript in the package. */
const launcherFile = fileURLToPath(
  new URL(`./launcher${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** How long a launcher may take to come up and append its state. */
const patienceMs = 30_000;
/** How long to look for the program in the launcher's place, after the launcher has gone. */
const executionPatienceMs = 2_000;
/** What Node prints when a program cannot be run in its place, before it aborts. */
const executionFailure = /process\.execve failed with error code (\w+)/;

/** How a launch ended. `vanished`: the launcher died, and only the chain can tell before or after which step. */
type LaunchOutcome =
  | { readonly type: 'running'; readonly limitsEnforced: boolean }
  | { readonly type: 'not-executable'; readonly reason: string }
  | { readonly type: 'lost' }
  | { readonly type: 'failed'; readonly problem: string }
  | { readonly type: 'vanished' };

/** A launcher that waits for its order, in a session of its own; without one it ends by itself. */
export interface LauncherProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Hangs up. A launcher that got no order ends without having done anything. */
  dismiss(): void;
  /** Sends the order and waits until it is settled, one way or another. */
  send(order: LaunchOrder): Promise<LaunchOutcome>;
}

/** Throws when the operating system refuses to start a process there. */
export async function spawnLauncher(root: string, logFile: string, host: ProcessHost): Promise<LauncherProcess> {
  const log = await open(logFile, 'a', 0o600);
  try {
    const logSize = await sizeOf(logFile);
    // Its environment is empty: what a spec puts into NODE_OPTIONS is for the program, not for the launcher.
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', launcherFile], {
      cwd: root,
      env: {},
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    });
    if (child.pid === undefined) throw (await once(child, 'error').catch((error: unknown) => [error]))[0];
    child.unref();
    const { pid } = child;
    const channel = child.stdio[3] as Duplex;
    channel.on('error', () => {});
    return {
      child,
      pid,
      dismiss: () => void channel.destroy(),
      send: (order) => sendOrder(order, { child, pid, channel, logFile, logSize, host }),
    };
  } finally {
    await log.close();
  }
}

interface LaunchSurroundings {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly channel: Duplex;
  readonly logFile: string;
  readonly logSize: number;
  readonly host: ProcessHost;
}

async function sendOrder(
  order: LaunchOrder,
  { child, pid, channel, logFile, logSize, host }: LaunchSurroundings,
): Promise<LaunchOutcome> {
  const settled = new AbortController();
  // A launcher that is suspended must not hold us; killed, it cannot append any more.
  const timeout = sleep(patienceMs, undefined, { signal: settled.signal, ref: false }).then(
    () => child.kill('SIGKILL'),
    () => {},
  );
  const reports = readAll(channel).catch(() => '');
  channel.end(JSON.stringify(order));
  await host.reach({ type: 'order-sent' });
  const [line] = (await reports).split('\n');
  settled.abort();
  await timeout;
  if (line === undefined || line === '') return { type: 'vanished' };
  const report = JSON.parse(line) as LaunchReport;
  if (report.type !== 'linked') return report;
  await host.reach({ type: 'linked' });
  if (await becomesProgram(child, pid, host)) return { type: 'running', limitsEnforced: report.limitsEnforced };
  const written = await readLogTail(logFile, (await sizeOf(logFile)) - logSize);
  const reason = child.signalCode === 'SIGABRT' ? executionFailure.exec(written)?.[1] : undefined;
  if (reason !== undefined) return { type: 'not-executable', reason };
  return { type: 'running', limitsEnforced: report.limitsEnforced };
}

/** The channel closes when the program takes over, but also when the launcher dies. False: the process has ended. */
async function becomesProgram(child: ChildProcess, pid: number, { processes }: ProcessHost): Promise<boolean> {
  const deadline = performance.now() + executionPatienceMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const commandLine = await processes.commandLine(pid);
    if (commandLine !== undefined && !commandLine.includes(launcherFile)) return true;
    await sleep(5);
  }
  return true;
}
