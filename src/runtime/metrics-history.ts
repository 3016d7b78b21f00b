import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckedResource } from '../activities/check-issue.ts';
import { lookWithin } from '../activities/with-timeout.ts';
import { longestTimerMs } from '../domain/duration.ts';
import { describeThrown } from '../domain/failure.ts';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { externalNameOf } from '../domain/kind.ts';
import type { Log } from '../domain/log.ts';
import type { Sample } from '../domain/measurement.ts';

export interface MetricsHistoryOptions {
  readonly everyMs: number;
  readonly keepForMs: number;
  readonly log: Log;
}

export interface MetricsHistory {
  /** What was measured of a thing of late, oldest first. */
  of(resource: ResourceKey): readonly Sample[];
  /** What runs here now, and what does not any more. */
  onChange(path: string, resource: CheckedResource | undefined): void;
  stop(): Promise<void>;
}

/** Things measured at once: enough to hide their waiting, few enough to leave the runtime to its runs. */
const concurrency = 16;
const timeoutMs = 2_000;
/** However long and often, so many samples of a thing are kept at most. */
const maximumSamples = 1_000;

/**
 * Measures what runs here, round by round, and keeps it in memory for a while, for whoever looks into a fault. A thing that
 * is started anew keeps its past. What the runtime measured is gone when it ends.
 */
export function startMetricsHistory({ everyMs, keepForMs, log }: MetricsHistoryOptions): MetricsHistory {
  const ending = new AbortController();
  const { signal } = ending;
  const measured = new Map<string, CheckedResource>();
  const histories = new Map<string, Sample[]>();
  const most = Math.min(maximumSamples, Math.max(1, Math.ceil(keepForMs / everyMs)));
  let running: Promise<void> | undefined;
  let isSilent = false;

  const measure = async (path: string, { key, kind, spec, inForce }: CheckedResource): Promise<void> => {
    try {
      const measurements = await lookWithin('measure', timeoutMs, signal, (signal) =>
        kind.measure!({ signal, log }, { key, externalName: externalNameOf(key), spec, inForce }),
      );
      if (measurements.length === 0 || signal.aborted) return;
      const samples = histories.get(path) ?? [];
      samples.push({ at: Date.now(), measurements });
      if (samples.length > most) samples.shift();
      histories.set(path, samples);
      isSilent = false;
    } catch (error) {
      // Said once, not with every round.
      if (!isSilent && !signal.aborted) log.warn({ path, cause: describeThrown(error) }, 'cannot measure');
      isSilent = true;
    }
  };
  const round = async (): Promise<void> => {
    const all = measured.entries();
    const work = async () => {
      for (const [path, resource] of all) {
        if (signal.aborted) return;
        await measure(path, resource);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    const oldest = Date.now() - keepForMs;
    for (const [path, samples] of histories) if (samples.at(-1)!.at < oldest) histories.delete(path);
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted && (measured.size > 0 || histories.size > 0)) {
      await round();
      await sleep(Math.min(everyMs, longestTimerMs), undefined, { signal }).catch(() => undefined);
    }
    running = undefined;
  };

  return {
    of: (resource) => [...(histories.get(toResourcePath(resource)) ?? [])],
    onChange(path, resource) {
      if (resource?.kind.measure === undefined) measured.delete(path);
      else measured.set(path, resource);
      if (measured.size > 0 && !signal.aborted) running ??= run();
    },
    async stop() {
      ending.abort();
      await running;
    },
  };
}
