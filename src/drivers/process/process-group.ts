import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { HomeostatError } from '../../domain/failure.ts';
import { toResourcePath, type ResourceKey } from '../../domain/identity.ts';
import { resourceVariable } from './environment.ts';
import type { HostProcesses } from './host-processes.ts';
import type { InstanceRun, ProcessIdentity } from './instance-state.ts';

/** Whether the very process of a run is alive; another process with its pid is not. */
export async function isRunAlive(run: ProcessIdentity, host: HostProcesses, bootId: string): Promise<boolean> {
  if (run.bootId !== bootId) return false;
  const found = await host.find(run.pid);
  return found !== undefined && !found.isZombie && found.startTime === run.startTime;
}

/**
 * Whether the group with the run's pid is the run's. While its leader is there, the start time tells. After that the
 * number may belong to strangers, and a member has to show that it is ours: by its environment, or, since a program may
 * clear or overwrite that, by being in the instance's folder or writing to its log.
 */
async function isOwnGroup({
  run,
  instance,
  folder,
  host,
  bootId,
}: Pick<EndGroupOptions, 'run' | 'instance' | 'folder' | 'host' | 'bootId'>): Promise<boolean> {
  if (run.bootId !== bootId) return false;
  const leader = await host.find(run.pid);
  if (leader !== undefined) return leader.startTime === run.startTime;
  const mark = `${resourceVariable}=${toResourcePath(instance)}`;
  // The system says where a process is by the real path.
  const own = `${await realpath(folder).catch(() => folder)}/`;
  for (const { pid } of await host.listGroup(run.pid)) {
    if (await host.hasVariable(pid, mark)) return true;
    if ((await host.placesOf(pid)).some((place) => place.startsWith(own))) return true;
  }
  return false;
}

export interface EndGroupOptions {
  readonly instance: ResourceKey;
  readonly run: InstanceRun;
  /** Of the instance. */
  readonly folder: string;
  readonly graceMs: number;
  readonly host: HostProcesses;
  readonly bootId: string;
  /** Asked right before each signal; throws when this attempt may not act any more. */
  readonly check: () => Promise<void>;
  /** Called at each look; throws when the caller gave up. */
  readonly onWait: () => void;
}

/** How long what was killed may take to be gone. Only an uninterruptible system call takes longer. */
const killPatienceMs = 10_000;

/**
 * Asks the whole group of a run to end, ends it after the grace time, and returns when no member is left: members may
 * outlive their leader. Never signals a group that is not the run's.
 */
export async function endGroup(options: EndGroupOptions): Promise<void> {
  const { instance, run, graceMs, host, check, onWait } = options;
  if (!(await isOwnGroup(options))) return;
  const isGone = async (): Promise<boolean> => (await host.listGroup(run.pid)).length === 0;
  const waitUntilGone = async (patienceMs: number): Promise<boolean> => {
    const deadline = performance.now() + patienceMs;
    for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
      if (await isGone()) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      onWait();
      await sleep(Math.min(pause, left));
    }
  };

  if (await isGone()) return;
  if (graceMs > 0) {
    await check();
    signalGroup(run.pid, 'SIGTERM');
    // A suspended process would not take note before it goes on.
    signalGroup(run.pid, 'SIGCONT');
    if (await waitUntilGone(graceMs)) return;
  }
  await check();
  signalGroup(run.pid, 'SIGKILL');
  if (await waitUntilGone(killPatienceMs)) return;
  throw new HomeostatError('TOOL_FAILED', {
    path: toResourcePath(instance),
    problem: `process group ${run.pid} is still there ${killPatienceMs / 1_000} s after it was killed`,
  });
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
