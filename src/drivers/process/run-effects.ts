import type { EffectReceipt } from '../driver.ts';
import type { Effect } from './effect.ts';
import { requireRoom } from './disk-room.ts';
import { endRun } from './end-run.ts';
import { contentOf, type ProvisionedContent, type ProvisionedState } from './instance-state.ts';
import { launchRun } from './launch.ts';
import { isRunAlive } from './process-group.ts';
import type { ProcessHost } from './process-host.ts';

/** How long what a dead program left running may take to end before the program is started again. */
const survivorGraceMs = 2_000;

/** Starts an instance that does not run. One that runs is left alone. */
export async function startInstance(effect: Effect, host: ProcessHost): Promise<EffectReceipt> {
  const state = effect.provisioned();
  await requireRoom(effect.folder.path);
  if (state.run !== undefined && (await isRunAlive(state.run, host.processes, host.bootId))) {
    const receipt = { pid: state.run.pid };
    await effect.commit({ ...provisionedContentOf(state), wanted: 'running' }, receipt);
    return receipt;
  }
  // The program is gone, but what it started may hold its port or write to its files.
  return launch(effect, host, state, survivorGraceMs);
}

export async function stopInstance(effect: Effect, host: ProcessHost, graceMs: number): Promise<EffectReceipt> {
  const state = effect.provisioned();
  await endRun(effect, host, state, graceMs);
  const { run: _run, ...content } = provisionedContentOf(state);
  await effect.commit({ ...content, wanted: 'stopped' }, {});
  return {};
}

/** Stop and start under one key. An attempt that follows one that died in between finds nothing to stop and starts. */
export async function restartInstance(effect: Effect, host: ProcessHost, graceMs: number): Promise<EffectReceipt> {
  const state = effect.provisioned();
  await requireRoom(effect.folder.path);
  return launch(effect, host, state, graceMs);
}

function launch(effect: Effect, host: ProcessHost, state: ProvisionedState, graceMs: number): Promise<EffectReceipt> {
  const { run: _run, wanted: _wanted, configuring: _configuring, ...content } = provisionedContentOf(state);
  return launchRun(effect, host, content, { graceMs, toReceipt: (pid) => ({ pid }) });
}

function provisionedContentOf(state: ProvisionedState): ProvisionedContent {
  return contentOf(state) as ProvisionedContent;
}
