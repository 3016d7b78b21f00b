import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckPace, IssueFinding } from '../../domain/issue-check.ts';
import type { IssueCheck, ObservedResource } from '../../domain/kind.ts';
import type { Driver, HealthPace, InstanceUsage } from '../../drivers/driver.ts';
import { limitsOfInstanceType } from '../../drivers/instance-types.ts';
import { checkHealth } from './check-health.ts';
import { checkOf } from './health-program.ts';
import type { InstanceSpec } from './instance-kind.ts';

/**
 * From where usage is a fault, unless the spec says otherwise. Nine tenths of a limit leave a little to notice it in: at
 * the limit the kernel slows it down, or ends it. A disk is full for us while a log can still grow to its full 10 MiB
 * several times over; on a small one a twentieth has to do.
 */
const standard = { cpuPercent: 90, memoryPercent: 90, diskFreeMiB: 256, diskFreePart: 0.05 };
/** A busy minute is no fault: three of them without a break are. */
const usagePace = { everyMs: 30_000, failures: 6 };
/** Over how long processor time is measured; the system counts it in hundredths of a second. */
const cpuWindowMs = 1_000;

type Look = IssueCheck<InstanceSpec>['check'];

/** The faults an instance's kind can judge itself. */
export function createInstanceIssues(
  drivers: ReadonlyMap<string, Driver>,
): Readonly<Record<string, IssueCheck<InstanceSpec>>> {
  const usageOf = async ({ key, spec }: ObservedResource<InstanceSpec>): Promise<InstanceUsage> => {
    const usage = await drivers.get(spec.driver)?.usage?.(key);
    if (usage === undefined) throw new Error(`nothing tells what ${key.name} uses`);
    return usage;
  };
  const byUsage = (look: Look): IssueCheck<InstanceSpec> => ({
    pace: ({ driver, desiredState, usageCheck }) =>
      desiredState === 'stopped' || drivers.get(driver)?.usage === undefined
        ? undefined
        : { ...usagePace, ...toPace(usageCheck ?? {}) },
    check: async (context, resource) => (resource.spec.desiredState === 'stopped' ? stopped : look(context, resource)),
  });
  const lookAtHealth: Look = async ({ signal }, resource) => {
    const { key, spec } = resource;
    const healthCheck = checkOf(resource);
    if (spec.desiredState === 'stopped') return stopped;
    if (healthCheck === undefined) {
      return { isGood: true, isUnchecked: true, detail: 'it runs, and has no health check' };
    }
    const driver = drivers.get(spec.driver);
    if (driver === undefined) throw new Error(`this runtime has no driver ${spec.driver}`);
    const { healthy, detail } = await checkHealth(healthCheck, { driver, instance: key, signal });
    return { isGood: healthy, detail: `its health check ${healthy ? 'passes' : 'fails'}: ${detail}` };
  };
  return {
    service_down: {
      severity: 'critical',
      pace: ({ desiredState, healthCheck }) =>
        // That a process is gone the driver's watch sees within a second.
        desiredState === 'stopped' || healthCheck === undefined ? undefined : toPace(healthCheck),
      check: lookAtHealth,
    },
    // The same look; that it cannot be connected to is told by others.
    connection_timeout: { check: lookAtHealth },
    high_cpu: byUsage(async ({ signal }, resource) => {
      const before = await usageOf(resource);
      const startedAt = performance.now();
      await sleep(cpuWindowMs, undefined, { signal });
      const after = await usageOf(resource);
      const seconds = (performance.now() - startedAt) / 1_000;
      if (before.cpuSeconds === undefined || after.cpuSeconds === undefined) throw untold('processor time');
      const { type, usageCheck } = resource.spec;
      const { cpus } = limitsOfInstanceType(type);
      // Less than before: it was started anew.
      const used = Math.max(0, after.cpuSeconds - before.cpuSeconds) / seconds;
      const told = `processor: ${used.toFixed(2)} of ${cpus} CPUs`;
      return judgeShare(told, used / cpus, usageCheck?.cpuPercent ?? standard.cpuPercent);
    }),
    high_memory: byUsage(async (_, resource) => {
      const { memoryBytes } = await usageOf(resource);
      if (memoryBytes === undefined) throw untold('memory');
      const { type, usageCheck } = resource.spec;
      const { memoryMiB } = limitsOfInstanceType(type);
      const told = `memory: ${Math.round(toMiB(memoryBytes))} of ${memoryMiB} MiB`;
      return judgeShare(told, toMiB(memoryBytes) / memoryMiB, usageCheck?.memoryPercent ?? standard.memoryPercent);
    }),
    disk_full: byUsage(async (_, resource) => {
      const { diskFreeBytes, diskTotalBytes } = await usageOf(resource);
      const { usageCheck } = resource.spec;
      const leastMiB =
        usageCheck?.diskFreeMiB ?? Math.min(standard.diskFreeMiB, toMiB(diskTotalBytes) * standard.diskFreePart);
      const freeMiB = Math.floor(toMiB(diskFreeBytes));
      const detail = `${freeMiB} MiB are free where it writes, at least ${Math.ceil(leastMiB)} should be`;
      return { isGood: toMiB(diskFreeBytes) >= leastMiB, detail };
    }),
  };
}

const stopped: IssueFinding = { isGood: true, detail: 'it is to be stopped' };

function untold(what: string): Error {
  return new Error(`this system does not tell the ${what} of a group of processes`);
}

function judgeShare(told: string, share: number, percent: number): IssueFinding {
  const shown = Math.round(share * 100);
  return { isGood: share * 100 < percent, detail: `${told}, ${shown} %; below ${percent} % is well` };
}

function toMiB(bytes: number): number {
  return bytes / 1_024 / 1_024;
}

function toPace({ intervalMs, failureThreshold, successThreshold }: HealthPace): Partial<CheckPace> {
  return {
    ...(intervalMs === undefined ? {} : { everyMs: intervalMs }),
    ...(failureThreshold === undefined ? {} : { failures: failureThreshold }),
    ...(successThreshold === undefined ? {} : { successes: successThreshold }),
  };
}
