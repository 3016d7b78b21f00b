import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HomeostatError } from '../../domain/failure.ts';
import { fromResourcePath, toResourcePath, type ResourceKey } from '../../domain/identity.ts';
import type { ProcessIdentity } from './instance-state.ts';
import { createStateChain, type StateChain } from './state-chain.ts';

/**
 * Where an instance lives: `<folder>/<tenant>/<Kind>/<name>/`, with the chain in `states/` beside its roots, originals,
 * logs and exits. Everything but the chain has a name that is used once, so whoever deletes late deletes only what was his.
 */
export interface InstanceFolder {
  readonly path: string;
  readonly chain: StateChain;
}

export function openInstanceFolder(folder: string, instance: ResourceKey): InstanceFolder {
  const resourcePath = toResourcePath(instance);
  // The parts become folder names: nothing that was not checked may.
  if (fromResourcePath(resourcePath) === undefined) {
    throw new HomeostatError('INVALID_NAME', { problem: 'not the key of a resource', got: resourcePath });
  }
  const path = join(folder, ...resourcePath.split('/'));
  return { path, chain: createStateChain(join(path, 'states')) };
}

/** Only the runtime's own user may look: states and files can hold secrets. */
export async function createInstanceFolder({ chain }: InstanceFolder): Promise<void> {
  await mkdir(chain.folder, { recursive: true, mode: 0o700 });
}

/**
 * A name nobody used before, such as `root-1a2b3c-4711-90210-77aa`: the digest for people, and pid and start time of
 * the runtime that made it, so that what a dead one left behind is known as such.
 */
export function toOwnedName(prefix: string, owner: ProcessIdentity): string {
  return `${prefix}-${owner.pid}-${toFileName(owner.startTime)}-${randomBytes(3).toString('hex')}`;
}

/** A start time as it stands in names of files. */
export function toFileName(startTime: string): string {
  return startTime.replaceAll(/[^A-Za-z0-9]/g, '_');
}

/** Pid and start time in a name of {@link toOwnedName}. */
export function ownerOf(name: string): { readonly pid: number; readonly startTime: string } | undefined {
  const match = /-([0-9]+)-([A-Za-z0-9_]+)-[0-9a-f]{6}(?:\.[a-z0-9.]+)?$/.exec(name);
  return match === null ? undefined : { pid: Number(match[1]), startTime: match[2]! };
}
