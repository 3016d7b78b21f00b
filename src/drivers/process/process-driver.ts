import { join, resolve } from 'node:path';
import { describeThrown, HomeostatError } from '../../domain/failure.ts';
import {
  checkDnsLabel,
  fromResourcePath,
  isKindName,
  toResourcePath,
  type ResourceKey,
} from '../../domain/identity.ts';
import { absent, present, unreachable } from '../../domain/outcome.ts';
import type { Driver, EffectGrant, EffectReceipt } from '../driver.ts';
import { createCgroupLimits } from './cgroup-limits.ts';
import { clearSpace } from './clear-space.ts';
import { configureInstance } from './configure.ts';
import { attemptEffect, type Effect } from './effect.ts';
import { createHostProcesses } from './host-processes.ts';
import { createImageStore } from './image-store.ts';
import { openInstanceFolder } from './instance-folder.ts';
import { capLog, readLogTail } from './instance-log.ts';
import { usageOfInstance } from './instance-usage.ts';
import { removeNames } from './leftovers.ts';
import { listFolderNames, listTenants } from './list-folders.ts';
import { observeInstance } from './observe-instance.ts';
import { probeKey } from './probe-key.ts';
import type { Milestone, ProcessHost } from './process-host.ts';
import { provisionInstance } from './provision.ts';
import { createRunExits } from './run-exits.ts';
import { restartInstance, startInstance, stopInstance } from './run-effects.ts';
import { watchInstances } from './watch-instances.ts';
import { terminateInstance } from './terminate.ts';

const heartbeatMs = 1_000;

/** Where the `process` driver works. */
export interface ProcessDriverOptions {
  /** Where instances live; made when needed. Whoever has it owns the processes that were started from it. */
  readonly folder: string;
  /** What images' relative paths start from; default: the current folder. */
  readonly workingFolder?: string;
}

/** What tests and the demonstration intervene by. */
export interface InstrumentedProcessDriverOptions extends ProcessDriverOptions {
  /** Default: what the operating system says. */
  readonly hostBootId?: string;
  /** Awaited between the parts of an effect. */
  readonly onMilestone?: (milestone: Milestone) => Promise<void> | void;
}

/**
 * The `process` driver: real processes of this machine, each the leader of its own session and process group, in a folder
 * of its own, that go on when the runtime ends.
 *
 * What keeps it right under crashes, suspensions and recycled pids is in three places: states are appended by
 * compare-and-swap (`state-link.ts`), the new process appends its own (`launcher.ts`), and a process is known by pid,
 * start time and boot id (`process-group.ts`). A program that moves itself into another process group leaves its care.
 *
 * Creating the driver checks nothing: problems with the host surface at the first method call.
 */
export function createProcessDriver(options: ProcessDriverOptions): Driver {
  return createInstrumentedProcessDriver(options);
}

/** The same, for those who intervene. */
export function createInstrumentedProcessDriver(options: InstrumentedProcessDriverOptions): Driver {
  const folder = resolve(options.folder);
  const host = rememberSuccess(() => toProcessHost(options));
  const open = (instance: ResourceKey) => openInstanceFolder(folder, instance);
  const perform = async (
    instance: ResourceKey,
    grant: EffectGrant,
    work: (effect: Effect, host: ProcessHost) => Promise<EffectReceipt>,
  ): Promise<EffectReceipt> => {
    // Unpacking one large file or waiting for a launcher has no natural places to say that we are still at it.
    const beat = setInterval(() => grant.heartbeat(), heartbeatMs);
    try {
      const here = await host();
      return await attemptEffect(instance, open(instance), grant, async (effect) => {
        await here.reach({ type: 'begun' });
        return work(effect, here);
      });
    } finally {
      clearInterval(beat);
    }
  };

  /** Keys of all instances there are or were of a tenant. */
  const listFolders = async (tenant: string): Promise<readonly ResourceKey[]> => {
    const found: ResourceKey[] = [];
    for (const kind of (await listFolderNames(join(folder, tenant))).filter(isKindName)) {
      for (const name of await listFolderNames(join(folder, tenant, kind))) {
        const key = fromResourcePath(`${tenant}/${kind}/${name}`);
        if (key !== undefined) found.push(key);
      }
    }
    return found;
  };

  return {
    name: 'process',
    placement: 'host',
    async observe(instance, desiredImage) {
      const place = open(instance);
      try {
        const state = await place.chain.head();
        if (state?.phase !== 'provisioned') {
          // What its removal could not remove may be its data: it is not gone before that is.
          await removeNames(place.path, state?.leftovers ?? []);
          return absent();
        }
        await capLog(join(place.path, state.log));
        return present(await observeInstance(state, place, await host(), desiredImage));
      } catch (error) {
        return unreachable(describeThrown(error));
      }
    },
    provision: (instance, settings, how, grant) =>
      perform(instance, grant, (effect, here) => provisionInstance(effect, here, settings, how)),
    configure: (instance, settings, grant) =>
      perform(instance, grant, (effect, here) => configureInstance(effect, here, settings)),
    clearSpace: (instance, grant) => perform(instance, grant, clearSpace),
    start: (instance, grant) => perform(instance, grant, startInstance),
    stop: (instance, graceMs, grant) => perform(instance, grant, (effect, here) => stopInstance(effect, here, graceMs)),
    restart: (instance, graceMs, grant) =>
      perform(instance, grant, (effect, here) => restartInstance(effect, here, graceMs)),
    terminate: (instance, graceMs, grant) =>
      perform(instance, grant, (effect, here) => terminateInstance(effect, here, graceMs)),
    probe: (instance, key, attempt) => probeKey(open(instance), key, attempt),
    async readLogs(instance, tailBytes) {
      const { chain, path } = open(instance);
      const state = await chain.head();
      if (state?.phase !== 'provisioned') {
        throw new HomeostatError('NOT_FOUND', {
          path: toResourcePath(instance),
          problem: 'there is no such instance on this host',
        });
      }
      const log = join(path, state.log);
      await capLog(log);
      return readLogTail(log, tailBytes);
    },
    async usage(instance) {
      const { chain, path } = open(instance);
      const state = await chain.head();
      return state?.phase === 'provisioned' ? usageOfInstance(state, path, await host()) : undefined;
    },
    async watch(changed, signal) {
      const list = async () => (await Promise.all((await listTenants(folder)).map(listFolders))).flat();
      await watchInstances({ host: await host(), open, list, changed, signal });
    },
    async list(tenant) {
      checkDnsLabel(tenant, 'tenant');
      const found: ResourceKey[] = [];
      for (const key of await listFolders(tenant)) {
        const head = open(key).chain.head();
        // One whose record cannot be read may live all the same.
        if (await head.then((state) => state?.phase === 'provisioned').catch(() => true)) found.push(key);
      }
      return found;
    },
  };
}

async function toProcessHost(options: InstrumentedProcessDriverOptions): Promise<ProcessHost> {
  const processes = createHostProcesses();
  const bootId = options.hostBootId ?? (await processes.bootId());
  const self = await processes.find(process.pid);
  if (self === undefined) throw new Error('cannot see processes of this machine: is /proc mounted?');
  return {
    processes,
    bootId,
    self: { pid: process.pid, startTime: self.startTime, bootId },
    images: createImageStore({
      workingFolder: resolve(options.workingFolder ?? '.'),
      instancesFolder: resolve(options.folder),
    }),
    exits: createRunExits(),
    limits: createCgroupLimits(),
    environment: process.env,
    reach: async (milestone) => options.onMilestone?.(milestone),
  };
}

/** Computes once; a failure is tried again at the next call. */
function rememberSuccess<Value>(compute: () => Promise<Value>): () => Promise<Value> {
  let remembered: Promise<Value> | undefined;
  return () => {
    remembered ??= compute().catch((error: unknown) => {
      remembered = undefined;
      throw error;
    });
    return remembered;
  };
}
