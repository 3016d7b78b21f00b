import { readFileSync } from 'node:fs';
import { access, constants, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResourceKey } from '../../domain/identity.ts';
import type { InstanceLimits } from '../instance-types.ts';

/** Limits of processor and memory by cgroup v2, where this host lets us set them. */
export interface CgroupLimits {
  /** Whether limits could be set now. */
  isAvailable(): Promise<boolean>;
  /** Makes or changes an instance's cgroup. Returns the file a process joins it by, undefined where limits cannot be set. */
  apply(instance: ResourceKey, limits: InstanceLimits): Promise<string | undefined>;
  /** Removes an instance's cgroup; its processes are gone. */
  remove(instance: ResourceKey): Promise<void>;
}

/** Microseconds over which processor time is counted out; the kernel's own default. */
const cpuPeriod = 100_000;
const controllers = ['cpu', 'memory'] as const;

/** Whoever delegates a cgroup to us puts us into a subgroup of this name, because a cgroup with members has no say in limits. */
const ownSubgroup = 'homeostat-runtime';

/** The cgroup v2 folder below which ours are made: the one that was delegated to this process, else the machine's. */
export function findCgroupRoot(mount = '/sys/fs/cgroup', self = '/proc/self/cgroup'): string {
  const [, own] = /^0::(\/.*)$/m.exec(readIfThere(self)) ?? [];
  return own !== undefined && basename(own) === ownSubgroup ? join(mount, dirname(own)) : mount;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Cgroups `<root>/homeostat/<tenant>.<Kind>.<name>`. Works where `root` is a cgroup v2 folder that has the cpu and memory
 * controllers and that we may write: the host's, as root, or one that was delegated to us (`deploy/systemd/`).
 */
export function createCgroupLimits(root = findCgroupRoot()): CgroupLimits {
  const slice = join(root, 'homeostat');
  const folderOf = ({ tenant, kind, name }: ResourceKey): string => join(slice, `${tenant}.${kind}.${name}`);
  const isAvailable = async (): Promise<boolean> => {
    try {
      const available = (await readFile(join(root, 'cgroup.controllers'), 'utf8')).trim().split(/\s+/);
      await access(join(root, 'cgroup.subtree_control'), constants.W_OK);
      return controllers.every((controller) => available.includes(controller));
    } catch {
      return false;
    }
  };
  return {
    isAvailable,
    async apply(instance, { cpus, memoryMiB }) {
      const folder = folderOf(instance);
      if (!(await isAvailable())) return undefined;
      try {
        await enableControllers(root);
        await mkdir(slice, { recursive: true });
        await enableControllers(slice);
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'cpu.max'), `${Math.round(cpus * cpuPeriod)} ${cpuPeriod}`);
        await writeFile(join(folder, 'memory.max'), String(memoryMiB * 1_024 * 1_024));
        const file = join(folder, 'cgroup.procs');
        await access(file, constants.W_OK);
        return file;
      } catch {
        // Not mounted, not ours to write, or taken by an init system: the instance runs without limits, and says so.
        return undefined;
      }
    },
    async remove(instance) {
      // The kernel may still be tidying up the last member.
      for (let tries = 0; tries < 5; tries += 1) {
        try {
          await rmdir(folderOf(instance));
          return;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EBUSY') return;
          await sleep(20);
        }
      }
    },
  };
}

async function enableControllers(folder: string): Promise<void> {
  await writeFile(join(folder, 'cgroup.subtree_control'), controllers.map((controller) => `+${controller}`).join(' '));
}
