import { isRunning } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const POLL_MS = 20;
const KILL_MS = 5000;

/**
 * Ends exactly this process: SIGTERM, `graceMs` to end by itself, then SIGKILL to its group. Its identity is checked before
 * each signal, so that a stranger with a recycled pid is never hit.
 */
export async function stopProcess(
  identity: ProcessIdentity,
  graceMs: number,
): Promise<'stopped' | 'killed' | 'not-running' | 'failed'> {
  if (!isRunning(identity)) return 'not-running';
  if (!signal(identity.pid, 'SIGTERM')) return isRunning(identity) ? 'failed' : 'stopped';
  if (await isGoneWithin(identity, graceMs)) return 'stopped';
  // Servers lead their own process group, so this takes with it whatever they have started.
  if (!signal(-identity.pid, 'SIGKILL')) signal(identity.pid, 'SIGKILL');
  return (await isGoneWithin(identity, KILL_MS)) ? 'killed' : 'failed';
}

async function isGoneWithin(identity: ProcessIdentity, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    if (!isRunning(identity)) return true;
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
