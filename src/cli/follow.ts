import { setTimeout as sleep } from 'node:timers/promises';
import { describeThrown, escapeControls } from '../domain/failure.ts';
import { showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { createPatience } from '../starters/patience.ts';
import type { ReadDoor } from '../starters/read-door.ts';
import type { RunSteps } from '../starters/run-steps.ts';
import { createStepFollower } from './follow-steps.ts';
import type { Goal } from './goal.ts';
import { judgeArrival, type Arrival } from './judge-arrival.ts';
import type { LiveLines } from './live-lines.ts';

export interface FollowOptions {
  readonly read: Pick<ReadDoor, 'sight' | 'isHeld'>;
  readonly steps: RunSteps;
  readonly resources: readonly ResourceKey[];
  /** Where a resource is to be. */
  readonly goalOf: (resource: ResourceKey) => Goal;
  readonly timeoutMs: number;
  /** Gets each change as it shows, a line; and how things stand whenever nothing else was said for two seconds. */
  readonly lines: LiveLines;
  readonly signal?: AbortSignal;
}

export interface Followed {
  readonly key: ResourceKey;
  /** `waiting`: time was up, or the signal came, before it was settled. */
  readonly outcome: Exclude<Arrival['type'], 'moving'> | 'waiting';
  readonly message: string;
}

const pauseMs = 250;
/** Together with the pause less than two seconds: nothing may be silent for longer. */
const silenceMs = 1_700;
/** Runs that ended this long before are news still: they may have been quicker than we; and clocks of hosts differ. */
const leniencyMs = 2_000;
/** More resources than this are counted where it is told how things stand. */
const namedResources = 3;

/**
 * Follows resources until each is where it was to be, is blocked, or the time is up; says every change of state and every step,
 * as it begins and as it ends. Reads only: states from the store, steps from the runs. Throws `STORE_UNAVAILABLE` where the
 * store does not answer when the time is up.
 */
export async function followResources({
  read,
  steps,
  resources,
  goalOf,
  timeoutMs,
  lines,
  signal,
}: FollowOptions): Promise<readonly Followed[]> {
  const startedAt = performance.now();
  const width = Math.max(...resources.map((key) => showResource(key).length));
  const arrivals = new Map<string, Arrival>(
    resources.map((key) => [toResourcePath(key), { type: 'moving', message: '' }]),
  );
  const said = new Map<string, string>();
  let lastSaidAt = startedAt;
  const say = (subject: string, text: string, how: 'say' | 'stand' = 'say') => {
    lastSaidAt = performance.now();
    const seconds = ((lastSaidAt - startedAt) / 1_000).toFixed(1);
    lines[how](`${seconds.padStart(6)}s  ${subject.padEnd(width)}  ${escapeControls(text)}`);
  };
  const follower = createStepFollower({
    steps,
    since: Date.now() - leniencyMs,
    tell: (key, text) => say(showResource(key), text),
  });
  const patience = createPatience((note) => say('note', note));
  const judge = async (key: ResourceKey): Promise<Arrival> => {
    const { resource, isUpToDate } = (await read.sight(key)) ?? {};
    const arrival = judgeArrival(resource, goalOf(key), isUpToDate);
    if (arrival.type !== 'blocked' || resource?.status.frozenBy === undefined) return arrival;
    // What was held goes on by itself once no pause holds it any more.
    return (await read.isHeld(resource)) ? arrival : { type: 'moving', message: arrival.message };
  };
  const look = async (key: ResourceKey) => {
    const path = toResourcePath(key);
    follower.look(key);
    const arrival = await patience.look(() => judge(key));
    if (arrival === undefined) return;
    if (arrival.type !== 'moving') await follower.drain(key);
    arrivals.set(path, arrival);
    if (arrival.message === '' || said.get(path) === arrival.message) return;
    said.set(path, arrival.message);
    say(showResource(key), arrival.message);
  };
  const isMoving = (key: ResourceKey) => arrivals.get(toResourcePath(key))?.type === 'moving';
  const standing = (moving: readonly ResourceKey[]) => {
    const shown = moving.slice(0, namedResources).map((key) => {
      const step = follower.underWay(key);
      const now =
        step === undefined
          ? arrivals.get(toResourcePath(key))!.message || 'nothing heard of it yet'
          : `${step.summary} for ${Math.round((performance.now() - step.since) / 1_000)} s`;
      return `${showResource(key)} ${now}`;
    });
    const more = moving.length - shown.length;
    return `${shown.join('; ')}${more === 0 ? '' : `; and ${more} more`}`;
  };

  try {
    let hasSaidFault = false;
    for (;;) {
      await Promise.all(resources.filter(isMoving).map(look));
      const moving = resources.filter((key) => isMoving(key) && !waitsInVain(arrivals, key));
      if (moving.length === 0 || signal?.aborted === true) break;
      if (performance.now() - startedAt >= timeoutMs) {
        if (patience.fault !== undefined) throw patience.fault;
        break;
      }
      if (follower.fault !== undefined && !hasSaidFault) {
        hasSaidFault = true;
        say('steps', `are not shown: ${describeThrown(follower.fault)}`);
      }
      if (performance.now() - lastSaidAt >= silenceMs) say('…', standing(moving), 'stand');
      await sleep(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  } finally {
    await follower.close();
    lines.end();
  }
  return resources.map((key) => {
    const { type, message } = arrivals.get(toResourcePath(key))!;
    if (type !== 'moving') return { key, outcome: type, message };
    return { key, outcome: waitsInVain(arrivals, key) ? 'blocked' : 'waiting', message };
  });
}

/** Whether what a resource waits for is followed too and will not come about by itself. */
function waitsInVain(arrivals: ReadonlyMap<string, Arrival>, key: ResourceKey, seen: readonly string[] = []): boolean {
  const path = toResourcePath(key);
  const arrival = arrivals.get(path);
  if (arrival === undefined || seen.includes(path)) return false;
  if (arrival.type !== 'moving') return arrival.type === 'blocked';
  return (arrival.waitingFor ?? []).some((name) => {
    const [kind = '', resourceName = ''] = name.split('/');
    return waitsInVain(arrivals, { tenant: key.tenant, kind, name: resourceName }, [...seen, path]);
  });
}
