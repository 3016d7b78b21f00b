import { setTimeout as sleep } from 'node:timers/promises';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import type { RunSteps } from '../starters/run-steps.ts';

/** Follows the steps of several resources' runs at once. */
export interface StepFollower {
  /** Begins with a resource's newest run, unless it is at one. */
  look(resource: ResourceKey): void;
  /** Waits, but not for long, until what the resource's run did has been told. */
  drain(resource: ResourceKey): Promise<void>;
  /** The step that is under way, and since when. */
  underWay(resource: ResourceKey): { readonly summary: string; readonly since: number } | undefined;
  /** Why steps are not seen now, when Temporal cannot be asked. */
  readonly fault: unknown;
  close(): Promise<void>;
}

export interface StepFollowerOptions {
  readonly steps: RunSteps;
  /** Runs that ended before it are not told. */
  readonly since: number;
  readonly tell: (resource: ResourceKey, text: string) => void;
}

/** Runs that are followed at once; the server keeps a question open for each. Others are seen by their state alone. */
const maximumRuns = 50;
const drainMs = 500;
/** How long Temporal is left alone after it could not be asked. */
const faultPauseMs = 2_000;

export function createStepFollower({ steps, since, tell }: StepFollowerOptions): StepFollower {
  const closing = new AbortController();
  const tasks = new Map<string, Promise<void>>();
  const seenRuns = new Map<string, string>();
  const underWay = new Map<string, { readonly summary: string; readonly since: number }>();
  let fault: unknown;
  let faultAt = 0;

  const follow = async (resource: ResourceKey, path: string) => {
    try {
      const runId = await steps.follow(
        resource,
        ({ type, summary, elapsedMs, fault: reason }) => {
          if (type === 'step-start') underWay.set(path, { summary, since: performance.now() });
          else underWay.delete(path);
          tell(resource, `${summary} ${type === 'step-start' ? '…' : showEnd(elapsedMs ?? 0, reason)}`);
        },
        { signal: closing.signal, since, unless: seenRuns.get(path) },
      );
      if (runId !== undefined) seenRuns.set(path, runId);
      fault = undefined;
    } catch (error) {
      fault = error;
      faultAt = performance.now();
    } finally {
      underWay.delete(path);
      tasks.delete(path);
    }
  };

  return {
    look(resource) {
      const path = toResourcePath(resource);
      if (tasks.has(path) || tasks.size >= maximumRuns) return;
      if (fault !== undefined && performance.now() - faultAt < faultPauseMs) return;
      tasks.set(path, follow(resource, path));
    },
    async drain(resource) {
      const timer = new AbortController();
      await Promise.race([
        tasks.get(toResourcePath(resource)),
        sleep(drainMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
    },
    underWay: (resource) => underWay.get(toResourcePath(resource)),
    get fault() {
      return fault;
    },
    async close() {
      closing.abort();
      await Promise.all(tasks.values());
    },
  };
}

function showEnd(elapsedMs: number, fault: string | undefined): string {
  const time = `${(elapsedMs / 1_000).toFixed(1)} s`;
  return fault === undefined ? `done, ${time}` : `failed after ${time}: ${fault}`;
}
