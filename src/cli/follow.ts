import { setTimeout as sleep } from 'node:timers/promises';
import { showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { ReadDoor } from '../starters/read-door.ts';
import { judgeArrival, type Arrival } from './judge-arrival.ts';

export interface FollowOptions {
  readonly read: Pick<ReadDoor, 'find' | 'effects'>;
  readonly resources: readonly ResourceKey[];
  /** `gone` follows a delete. */
  readonly goal: 'converged' | 'gone';
  readonly timeoutMs: number;
  /** Gets each change as it shows, a line. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Followed {
  readonly key: ResourceKey;
  /** `waiting`: time was up, or the signal came, before it was settled. */
  readonly outcome: Exclude<Arrival['type'], 'moving'> | 'waiting';
  readonly message: string;
}

const pauseMs = 250;
/** Effects begun this long before are news still; clocks of hosts differ. */
const leniencyMs = 2_000;

/**
 * Follows resources from the store until each has come about, is blocked, or the time is up; says every change of state
 * and every step once. Reads only.
 */
export async function followResources({
  read,
  resources,
  goal,
  timeoutMs,
  say,
  signal,
}: FollowOptions): Promise<readonly Followed[]> {
  const startedAt = Date.now();
  const width = Math.max(...resources.map((key) => showResource(key).length));
  const arrivals = new Map<string, Arrival>(
    resources.map((key) => [toResourcePath(key), { type: 'moving', message: '' }]),
  );
  const said = new Map<string, string>();
  const sayOnce = (key: ResourceKey, about: string, text: string) => {
    const id = `${toResourcePath(key)} ${about}`;
    if (text === '' || said.get(id) === text) return;
    said.set(id, text);
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
    say(`${seconds.padStart(6)}s  ${showResource(key).padEnd(width)}  ${text}`);
  };
  const look = async (key: ResourceKey) => {
    for (const effect of await read.effects(key)) {
      if (isNews(effect, startedAt)) sayOnce(key, `${effect.seal}/${effect.step}`, showEffect(effect));
    }
    const arrival = judgeArrival(await read.find(key), goal);
    arrivals.set(toResourcePath(key), arrival);
    sayOnce(key, 'state', arrival.message);
  };
  const isMoving = (key: ResourceKey) => arrivals.get(toResourcePath(key))?.type === 'moving';

  for (;;) {
    await Promise.all(resources.filter(isMoving).map(look));
    const moving = resources.filter((key) => isMoving(key) && !waitsInVain(arrivals, key));
    if (moving.length === 0 || signal?.aborted === true || Date.now() - startedAt >= timeoutMs) break;
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
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

function isNews({ state, startedAt }: LedgerEntry, since: number): boolean {
  return state === 'intent' || state === 'unknown' || Date.parse(startedAt) >= since - leniencyMs;
}

function showEffect({ step, toolName, state, error }: LedgerEntry): string {
  const outcome = {
    intent: '…',
    done: 'done',
    failed: `failed: ${error ?? ''}`,
    unknown: 'outcome unknown',
    resolved: 'resolved',
  }[state];
  return `${step} ${toolName} ${outcome}`;
}
