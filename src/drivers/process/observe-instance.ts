import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, isSameJson } from '../../domain/canonical.ts';
import type { InstanceSettings, InstanceFacts } from '../driver.ts';
import { parseImageReference, pinImage } from './image-reference.ts';
import { readOwnFiles } from './instance-files.ts';
import type { InstanceFolder } from './instance-folder.ts';
import { scratchOf, type InstanceRun, type ProvisionedState } from './instance-state.ts';
import { isRunAlive } from './process-group.ts';
import type { ProcessHost } from './process-host.ts';

/** Said of an image whose unpacked folder somebody removed; no content has it, so the instance is replaced. */
const lostDigest = '0'.repeat(64);

/** What an instance is now: its process from the operating system, its files from the disk, the rest from its state. */
export async function observeInstance(
  state: ProvisionedState,
  folder: InstanceFolder,
  host: ProcessHost,
  desiredImage: string | undefined,
): Promise<InstanceFacts> {
  const { settings, run, imageDigest } = state;
  const image = desiredImage ?? settings.image;
  const { pinnedDigest } = parseImageReference(image);
  const found = pinnedDigest ?? (await host.images.currentDigest(image));
  const root = join(folder.path, state.root);
  const isRunning = run !== undefined && (await isRunAlive(run, host.processes, host.bootId));
  const hasRoot = (await stat(root).catch(() => undefined))?.isDirectory() === true;
  const inForce: InstanceSettings = {
    ...settings,
    ...(isRunning ? run.startedWith : {}),
    scratch: scratchOf(settings),
    image: hasRoot ? toImageInForce(state, image, found) : pinImage(settings.image, lostDigest),
    files: await readOwnFiles(root, state),
  };
  const limitsEnforced = isRunning ? run.limitsEnforced : await host.limits.isAvailable();
  const isOther = inForce.image !== image && pinnedDigest === undefined && found !== undefined;
  const common = {
    settings: inForce,
    imageDigest,
    ...(isOther ? { imageFound: pinImage(image, found) } : {}),
    starts: state.starts,
    limitsEnforced,
  };
  if (isRunning) {
    const notInForce = findNotInForce(state, run);
    const pending = notInForce.length === 0 ? {} : { notInForce };
    return { ...common, ...pending, state: 'running', pid: run.pid, startedAt: run.startedAt };
  }
  if (state.wanted === 'stopped') return { ...common, state: 'stopped' };
  if (run === undefined) return { ...common, state: 'exited', exitCode: 'unknown' };
  const exitCode = run.bootId === host.bootId ? await host.exits.codeOf(run, folder.path) : 'unknown';
  return { ...common, state: 'exited', startedAt: run.startedAt, exitCode };
}

/**
 * What is noted and what runs does not have. A plan that ended between a configure and its restart shows in this alone:
 * the files on the disk are as wanted, and so is all else when what is wanted was taken back.
 */
function findNotInForce(
  { settings, configuring }: ProvisionedState,
  { startedWith, filesDigest }: InstanceRun,
): (keyof InstanceSettings)[] {
  return [
    ...(['command', 'env', 'ports'] as const).filter((field) => !isSameJson(settings[field], startedWith[field])),
    ...(filesDigest === undefined || filesDigest === digestOf(settings.files) ? [] : (['files'] as const)),
    ...(configuring === undefined ? [] : (['type'] as const)),
  ];
}

/**
 * The desired text when it means the content that was unpacked, else one that names what was. A source that cannot be
 * read now (nothing found) is no reason to replace what runs, unless it is another source than the one that was unpacked.
 */
function toImageInForce(
  { settings, imageDigest }: ProvisionedState,
  desiredImage: string,
  found: string | undefined,
): string {
  const pathOf = (image: string) => parseImageReference(image).path;
  const isMeant = found === undefined ? pathOf(desiredImage) === pathOf(settings.image) : found === imageDigest;
  return isMeant ? desiredImage : pinImage(settings.image, imageDigest);
}
