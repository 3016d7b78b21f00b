import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { HomeostatError } from '../../domain/failure.ts';
import { toResourcePath } from '../../domain/identity.ts';
import type { EffectReceipt, InstanceSettings } from '../driver.ts';
import { limitsOfInstanceType } from '../instance-types.ts';
import type { Effect } from './effect.ts';
import { requireRoom } from './disk-room.ts';
import { endRun } from './end-run.ts';
import { checkCommand } from './environment.ts';
import { requireFreePorts } from './free-ports.ts';
import { checkFilePaths, keepOriginals, originalsOf, writeInstanceFiles } from './instance-files.ts';
import { createInstanceFolder, toOwnedName } from './instance-folder.ts';
import { launchRun } from './launch.ts';
import { listLeftovers, namesOf, removeNames } from './leftovers.ts';
import type { ProcessHost } from './process-host.ts';

/** How long a program may take to end before its image is swapped. */
const replaceGraceMs = 10_000;

/**
 * Unpacks the image into a folder of this attempt alone, and makes it the instance in the same step that starts it. An
 * attempt that does not get there removes its folder again; what a killed one leaves, the next one removes.
 */
export async function provisionInstance(
  effect: Effect,
  host: ProcessHost,
  settings: InstanceSettings,
  { start, replace }: { readonly start: boolean; readonly replace: boolean },
): Promise<EffectReceipt> {
  const { basis, folder, grant } = effect;
  checkSettings(settings);
  const existing = basis?.phase === 'provisioned' ? basis : undefined;
  if (existing !== undefined && !replace) {
    throw new HomeostatError('EFFECT_REFUSED', {
      path: toResourcePath(effect.instance),
      problem: 'there is an instance of this name already',
      remedy: 'observe it again, or replace it',
    });
  }
  await requireRoom(folder.path);
  // Before an image is unpacked for nothing, at each try. What runs may have a port itself: that is told when it is started.
  if (start && existing === undefined) await requireFreePorts(effect, settings.ports);
  await createInstanceFolder(folder);
  const leftovers = await listLeftovers(folder.path, basis, host.processes);
  const aside = toOwnedName('unpack', host.self);
  let root = aside;
  try {
    const imageDigest = await host.images.unpack(settings.image, join(folder.path, aside), () => {
      grant.signal.throwIfAborted();
      grant.heartbeat();
    });
    const named = toOwnedName(`root-${imageDigest.slice(0, 12)}`, host.self);
    await rename(join(folder.path, aside), join(folder.path, named));
    root = named;
    await keepOriginals(join(folder.path, root), Object.keys(settings.files));
    await writeInstanceFiles(join(folder.path, root), settings.files);
    await host.reach({ type: 'unpacked' });

    const content = {
      phase: 'provisioned',
      settings,
      obsoleteFiles: [],
      imageDigest,
      root,
      log: existing?.log ?? `${toOwnedName('output', host.self)}.log`,
      starts: existing?.starts ?? 0,
    } as const;
    let receipt: EffectReceipt = { imageDigest };
    if (start) {
      const toReceipt = (pid: number): EffectReceipt => ({ pid, imageDigest });
      receipt = await launchRun(effect, host, content, { graceMs: replaceGraceMs, toReceipt });
    } else {
      if (existing !== undefined) await endRun(effect, host, existing, replaceGraceMs);
      await effect.commit({ ...content, wanted: 'stopped' }, receipt);
    }
    await removeNames(folder.path, leftovers);
    return receipt;
  } finally {
    const head = await folder.chain.head();
    if (!namesOf(head).includes(root)) await removeNames(folder.path, [root, originalsOf(root)]);
  }
}

/** Refuses settings that could not be put in place, before anything is. */
export function checkSettings(settings: InstanceSettings): void {
  checkCommand(settings);
  checkFilePaths(settings.files, settings.scratch);
  limitsOfInstanceType(settings.type);
}
