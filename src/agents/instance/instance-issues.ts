import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckPace, IssueFinding } from '../../domain/issue-check.ts';
import type { IssueCheck, ObservedResource } from '../../domain/kind.ts';
import type { Driver, HealthPace, InstanceUsage } from '../../drivers/driver.ts';
import { limitsOfInstanceType } from '../../drivers/instance-types.ts';
import { checkHealth } from './check-health.ts';
import type { InstanceSpec } from './instance-kind.ts';

/**
 * From where usage is a fault, unless the spec says otherwise. Nine tenths of a limit leave a little to notice it in: at
 * the limit the kernel slows it down, or ends it. A disk is full for us while a log can still grow to its full 10 MiB
 * several times over; on a small one a twentieth has to do.
 */
const standard = { cpuPercent: 90, memoryPercent: 90, diskFreeBytes: 256 * 1_024 * 1_024, diskFreePart: 0.05 };
/** A busy minute is no fault: three of them without a break are. */
const usagePace = { everyMs: 30_000, failures: 6 };
/** Over how long processor time is measured; the system counts it in hundredths of a second. */
const cpuWindowMs = 1_000;

type Look = IssueCheck<InstanceSpec>['check'];

/** The faults an instance's kind can judge itself. */
export function createInstanceIssues(
  drivers: ReadonlyMap<string, Driver>,
): Readonly<Record<string, IssueCheck<InstanceSpec>>> {
  const usageOf = async ({ key, spec }: ObservedResource<InstanceSpec>): Promise<InstanceUsage | undefined> =>
    drivers.get(spec.driver)?.usage?.(key);
  const withUsage =
    (
      judge: (
        usage: InstanceUsage,
        spec: InstanceSpec,
        again: () => Promise<InstanceUsage | undefined>,
      ) => Promise<IssueFinding> | IssueFinding,
    ): Look =>
    async (_, resource) => {
      if (resource.spec.desiredState === 'stopped') return stopped;
      const usage = await usageOf(resource);
      if (usage === undefined) throw new Error(`nothing tells what ${resource.key.name} uses`);
      return judge(usage, resource.spec, () => usageOf(resource));
    };
  return {
    service_down: {
      severity: 'critical',
      pace: ({ desiredState, healthCheck }) =>
        // That a process is gone the driver's watch sees within a second.
        desiredState === 'stopped' || healthCheck === undefined ? undefined : toPace(healthCheck),
      async check({ signal }, { key, spec }) {
        const { healthCheck } = spec;
        if (spec.desiredState === 'stopped') return stopped;
        if (healthCheck === undefined) return { isGood: true, detail: 'it runs, and has no health check' };
        const driver = drivers.get(spec.driver);
        if (driver === undefined) throw new Error(`this runtime has no driver ${spec.driver}`);
        const { healthy, detail } = await checkHealth(healthCheck, { driver, instance: key, signal });
        return { isGood: healthy, detail: `its health check ${healthy ? 'passes' : 'fails'}: ${detail}` };
      },
    },
    high_cpu: {
      pace: toUsagePace,
      check: withUsage(async (before, { type, usageCheck }, again) => {
        const startedAt = performance.now();
        await sleep(cpuWindowMs);
        const after = await again();
        if (before.cpuSeconds === undefined || after?.cpuSeconds === undefined)
          throw new Error(untold('processor time'));
        const seconds = (performance.now() - startedAt) / 1_000;
        const used = Math.max(0, after.cpuSeconds - before.cpuSeconds) / seconds;
        const { cpus } = limitsOfInstanceType(type);
        return judgeShare(
          'processor',
          used,
          cpus,
          usageCheck?.cpuPercent ?? standard.cpuPercent,
          (n) => `${n.toFixed(2)} of ${cpus} CPUs`,
        );
      }),
    },
    high_memory: {
      pace: toUsagePace,
      check: withUsage(({ memoryBytes }, { type, usageCheck }) => {
        if (memoryBytes === undefined) throw new Error(untold('memory'));
        const { memoryMiB } = limitsOfInstanceType(type);
        const percent = usageCheck?.memoryPercent ?? standard.memoryPercent;
        return judgeShare(
          'memory',
          toMiB(memoryBytes),
          memoryMiB,
          percent,
          (n) => `${Math.round(n)} of ${memoryMiB} MiB`,
        );
      }),
    },
    disk_full: {
      pace: toUsagePace,
      check: withUsage(({ diskFreeBytes, diskTotalBytes }, { usageCheck }) => {
        const least =
          usageCheck?.diskFreeMiB === undefined
            ? Math.min(standard.diskFreeBytes, diskTotalBytes * standard.diskFreePart)
            : usageCheck.diskFreeMiB * 1_024 * 1_024;
        const told = `${Math.floor(toMiB(diskFreeBytes))} MiB are free where it writes, at least ${Math.ceil(toMiB(least))} should be`;
        return { isGood: diskFreeBytes >= least, detail: told };
      }),
    },
  };
}

const stopped: IssueFinding = { isGood: true, detail: 'it is to be stopped' };

function untold(what: string): string {
  return `this system does not tell the ${what} of a group of processes`;
}

function judgeShare(
  what: string,
  used: number,
  limit: number,
  percent: number,
  show: (used: number) => string,
): IssueFinding {
  const share = (used / limit) * 100;
  return {
    isGood: share < percent,
    detail: `${what}: ${show(used)}, ${Math.round(share)} %; below ${percent} % is well`,
  };
}

function toMiB(bytes: number): number {
  return bytes / 1_024 / 1_024;
}

function toUsagePace({ desiredState, usageCheck }: InstanceSpec): Partial<CheckPace> | undefined {
  if (desiredState === 'stopped') return undefined;
  return {
    ...usagePace,
    ...toPace({ intervalMs: usageCheck?.intervalMs, failureThreshold: usageCheck?.failureThreshold }),
  };
}

function toPace({ intervalMs, failureThreshold, successThreshold }: HealthPace): Partial<CheckPace> {
  return {
    ...(intervalMs === undefined ? {} : { everyMs: intervalMs }),
    ...(failureThreshold === undefined ? {} : { failures: failureThreshold }),
    ...(successThreshold === undefined ? {} : { successes: successThreshold }),
  };
}
