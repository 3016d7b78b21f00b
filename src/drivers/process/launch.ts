import { join } from 'node:path';
import { digestOf } from '../../domain/canonical.ts';
import { HomeostatError } from '../../domain/failure.ts';
import { toResourcePath } from '../../domain/identity.ts';
import type { EffectReceipt } from '../driver.ts';
import { limitsOfInstanceType } from '../instance-types.ts';
import type { Effect } from './effect.ts';
import { endRun } from './end-run.ts';
import { buildEnvironment, commandNotFound, resolveCommand, resolveEnv } from './environment.ts';
import { requireFreePorts } from './free-ports.ts';
import { readOwnFiles } from './instance-files.ts';
import {
  contentOf,
  followState,
  noteOf,
  type InstanceRun,
  type InstanceState,
  type ProvisionedContent,
} from './instance-state.ts';
import { spawnLauncher, type LauncherProcess } from './launcher-process.ts';
import { isRunAlive } from './process-group.ts';
import type { ProcessHost } from './process-host.ts';

export interface LaunchOptions {
  /** How long what runs until then may take to end. */
  readonly graceMs: number;
  readonly toReceipt: (pid: number) => EffectReceipt;
}

/**
 * Ends what runs of an instance, then starts its program and notes the key as done, in one atomic step that the new
 * process takes itself. What could refuse is asked before anything is ended: secrets, command, ports. Returns when the
 * program runs, or has run: what it does then is for `observe`. `COMMAND_NOT_FOUND`, `PORT_TAKEN`: it cannot be run, and
 * the instance is as it was; but what only the kernel can tell of a file, as that it is for another machine, is known when
 * the old program has ended.
 */
export async function launchRun(
  effect: Effect,
  host: ProcessHost,
  content: Omit<ProvisionedContent, 'run' | 'wanted' | 'configuring'>,
  { graceMs, toReceipt }: LaunchOptions,
): Promise<EffectReceipt> {
  const { instance, folder, grant } = effect;
  const { settings } = content;
  const { chain } = folder;
  const root = join(folder.path, content.root);
  const ownEnv = await resolveEnv(settings.env, (name) => grant.secret(name));
  const env = buildEnvironment({ env: ownEnv, ports: settings.ports }, instance, grant.key, host.environment);
  const isPathSecret = typeof settings.env['PATH'] === 'object';
  const executable = await resolveCommand(settings.command[0] ?? '', root, env['PATH'] ?? '', isPathSecret);
  await makeWay(effect, host, settings.ports, graceMs);
  const filesDigest = digestOf(await readOwnFiles(root, content));
  const cgroupFile = await host.limits.apply(instance, limitsOfInstanceType(settings.type));

  let receipt: EffectReceipt = {};
  await effect.append(async (previous) => {
    const launcher = await spawnOrExplain(effect, host, root, join(folder.path, content.log));
    try {
      await host.reach({ type: 'launcher-spawned', pid: launcher.pid });
      const found = await host.processes.find(launcher.pid);
      if (found === undefined) throw launchFailed(effect, 'the launcher ended at once');
      const run: InstanceRun = {
        pid: launcher.pid,
        startTime: found.startTime,
        bootId: host.bootId,
        startedAt: new Date().toISOString(),
        key: grant.key,
        startedWith: { command: settings.command, env: settings.env, ports: settings.ports },
        filesDigest,
        limitsEnforced: false,
      };
      receipt = toReceipt(run.pid);
      const state = followState(
        previous,
        { ...content, wanted: 'running', run, starts: content.starts + 1 },
        { key: grant.key, receipt },
      );
      const cgroup = cgroupFile === undefined ? {} : { cgroupFile };
      const order = { statesFolder: chain.folder, state, ...cgroup, executable, argv: settings.command, env };
      const outcome = await launcher.send(order);
      switch (outcome.type) {
        case 'running':
          host.exits.watch(launcher.child, run, folder.path);
          return { ...state, run: { ...run, limitsEnforced: outcome.limitsEnforced } } as InstanceState;
        case 'lost':
          return undefined;
        case 'failed':
          throw launchFailed(effect, outcome.problem);
        case 'vanished':
          return await findAppended(effect, state);
        case 'not-executable':
          await revertLaunch(effect, state, previous);
          throw commandNotFound(settings.command[0] ?? '', `${executable} cannot be run: ${outcome.reason}`);
      }
    } finally {
      launcher.dismiss();
    }
  });
  return receipt;
}

/** Ends what runs, unless a port it does not have itself is somebody else's. */
async function makeWay(effect: Effect, host: ProcessHost, ports: readonly number[], graceMs: number): Promise<void> {
  const existing = effect.basis?.phase === 'provisioned' ? effect.basis : undefined;
  if (existing?.run === undefined || !(await isRunAlive(existing.run, host.processes, host.bootId))) {
    // What a dead program left running may hold its ports.
    if (existing !== undefined) await endRun(effect, host, existing, graceMs);
    await requireFreePorts(effect, ports);
    return;
  }
  const { pid, startedWith } = existing.run;
  const own = new Set([...startedWith.ports, ...(await host.processes.listeningPorts(pid))]);
  await requireFreePorts(
    effect,
    ports.filter((port) => !own.has(port)),
  );
  await endRun(effect, host, existing, graceMs);
}

async function spawnOrExplain(effect: Effect, host: ProcessHost, root: string, log: string): Promise<LauncherProcess> {
  await effect.check();
  try {
    return await spawnLauncher(root, log, host);
  } catch (error) {
    // The folder may be gone because the instance is.
    await effect.check();
    throw launchFailed(effect, 'no process could be started', error);
  }
}

/** What a launcher that died without a word had done by then. */
async function findAppended(effect: Effect, state: InstanceState): Promise<InstanceState | undefined> {
  const head = await effect.folder.chain.head();
  if (head?.id === state.id) return head;
  const note = noteOf(head, effect.grant.key);
  if (note !== undefined && 'receipt' in note) return undefined;
  throw launchFailed(effect, 'the launcher was ended before it started the program');
}

/** Puts back what was before a start that failed. Where somebody moved since, there is nothing left to put back. */
async function revertLaunch(effect: Effect, state: InstanceState, previous: InstanceState | undefined): Promise<void> {
  const { key } = effect.grant;
  const withoutKey = { ...state, effects: state.effects.filter((note) => note.key !== key) };
  await effect.folder.chain.append(followState(withoutKey, contentOf(previous), noteOf(previous, key)));
}

function launchFailed(effect: Effect, problem: string, cause?: unknown): HomeostatError {
  return new HomeostatError('TOOL_FAILED', {
    path: toResourcePath(effect.instance),
    problem: `cannot start the instance: ${problem}`,
    cause,
  });
}
