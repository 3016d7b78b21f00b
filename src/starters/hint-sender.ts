import { signalReconcile, toReconcileStart } from './reconcile-start.ts';
import type { Client } from '@temporalio/client';
import { causeOf, describeThrown } from '../domain/failure.ts';
import { showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import type { Log } from '../domain/log.ts';
import { asksForLook } from '../domain/needs-run.ts';
import { signalNames, type Hint } from '../domain/messages.ts';
import { createFairQueue } from './fair-queue.ts';
import { unobservedHints, type HintJourney, type HintObserver } from './hint-observer.ts';

export interface HintSender {
  /** Notes a hint; it is sent soon, folded with others for the same resource. Never throws, never blocks. */
  send(resource: ResourceKey, hint: Hint): void;
  /** Resources whose hint has not got through yet. */
  readonly pending: number;
  /** Why the last try failed, until one succeeds. */
  readonly trouble: string | undefined;
  close(): Promise<void>;
}

export interface HintSenderOptions {
  readonly client: Client;
  readonly searchAttributes: boolean;
  readonly log: Log;
  readonly observer?: HintObserver;
  /** Signals under way at once. */
  readonly concurrency?: number;
}

/** At most one hint a second for one resource: a resource written in a loop costs one pass a second, not a thousand. */
const minimumGapMs = 1_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;

interface Pending {
  readonly resource: ResourceKey;
  /** Folded; sent in this order. */
  readonly hints: readonly Hint[];
  readonly journey: HintJourney;
  /** How often in a row it could not be sent. */
  readonly failures: number;
}

/**
 * Sends hints by signal-with-start: one a resource at a time, folded while they wait; tenants take turns, so that one
 * with ten thousand resources holds up no other. Bounded by the number of resources, however long Temporal is away; what
 * cannot be sent is tried again until it is.
 */
export function createHintSender({
  client,
  searchAttributes,
  log,
  observer = unobservedHints,
  concurrency = 32,
}: HintSenderOptions): HintSender {
  const waiting = new Map<string, Pending>();
  /** Those that wait and may go: no hint of the same resource is under way, nor was one a moment ago. */
  const queue = createFairQueue<string>();
  const senders = new Map<string, Promise<void>>();
  /** Resources that may not be hinted yet, with what ends that. A pause holds no place: it delays nobody else. */
  const pauses = new Map<string, NodeJS.Timeout>();
  let closing = false;
  let trouble: string | undefined;

  const hasRoom = () => !closing && senders.size < concurrency;
  const pump = () => {
    while (hasRoom()) {
      const path = queue.take();
      if (path === undefined) return;
      const pending = waiting.get(path)!;
      waiting.delete(path);
      senders.set(path, deliver(path, pending));
    }
  };

  const deliver = async (path: string, pending: Pending): Promise<void> => {
    const pauseMs = await attempt(path, pending);
    senders.delete(path);
    if (!closing) pause(path, pauseMs);
    pump();
  };

  const pause = (path: string, ms: number) => {
    const end = () => {
      pauses.delete(path);
      const pending = waiting.get(path);
      if (pending === undefined) return;
      queue.add(pending.resource.tenant, path);
      pump();
    };
    pauses.set(path, setTimeout(end, ms));
  };

  /** Tries once; answers for how long, in milliseconds, its resource is not to be hinted again. */
  const attempt = async (path: string, pending: Pending): Promise<number> => {
    const { resource, hints, journey, failures } = pending;
    const sentAt = performance.now();
    try {
      await journey.attempt(async () => {
        for (const hint of hints) await signalWithStart(resource, hint);
      });
      trouble = undefined;
      return Math.max(0, sentAt + minimumGapMs - performance.now());
    } catch (error) {
      trouble = describeFault(error);
      log.warn({ resource: showResource(resource), trouble }, 'cannot hint, will try again');
      const failed = { ...pending, failures: failures + 1 };
      const newer = waiting.get(path);
      waiting.set(path, newer === undefined ? failed : fold(failed, newer));
      return Math.min(firstPauseMs * 2 ** failures, longestPauseMs);
    }
  };

  const signalWithStart = async (resource: ResourceKey, hint: Hint): Promise<void> => {
    const start = toReconcileStart(resource, searchAttributes);
    // A call that was given up may have got through all the same: a hint said twice does no harm.
    await signalReconcile(client, start, signalNames.changed, hint);
    log.info({ run: start.workflowId, reason: hint.reason, desiredRevision: hint.desiredRevision }, 'hinted');
  };

  return {
    send(resource, hint) {
      const path = toResourcePath(resource);
      const pending = { resource, hints: [hint], journey: observer.seen(resource, hint), failures: 0 };
      const before = waiting.get(path);
      waiting.set(path, before === undefined ? pending : fold(before, pending));
      if (before === undefined && !senders.has(path) && !pauses.has(path)) queue.add(resource.tenant, path);
      pump();
    },
    get pending() {
      return new Set([...waiting.keys(), ...senders.keys()]).size;
    },
    get trouble() {
      return trouble;
    },
    async close() {
      closing = true;
      for (const timer of pauses.values()) clearTimeout(timer);
      // What is still waiting is found again by the next runtime's list.
      await Promise.allSettled(senders.values());
    },
  };
}

/** What Temporal's client throws says only what was tried; the reason is its cause. */
function describeFault(error: unknown): string {
  return describeThrown(causeOf(error));
}

function fold(older: Pending, newer: Pending): Pending {
  older.journey.foldInto(newer.journey);
  return { ...newer, hints: foldHints([...older.hints, ...newer.hints]), failures: older.failures };
}

/**
 * Hints of one resource as one, older first: the newest revision, the owner last known, and a reason that asks for a look
 * whatever the revision, if one of them does. Two where the newest is a delete besides: a run hears of that nowhere else,
 * and a hint has room for one reason.
 */
export function foldHints(hints: readonly Hint[]): readonly Hint[] {
  const newest = hints.reduce((best, hint) => (hint.desiredRevision >= best.desiredRevision ? hint : best));
  const look = hints.findLast(({ reason }) => asksForLook(reason));
  const owner = hints.findLast((hint) => hint.owner !== undefined)?.owner;
  const known = owner === undefined ? {} : { owner };
  const isDelete = hints.some(
    ({ desiredRevision, reason }) => desiredRevision === newest.desiredRevision && reason === 'desired-deleted',
  );
  const { desiredRevision, reason } = newest;
  if (!isDelete) return [{ desiredRevision, reason: look?.reason ?? reason, ...known }];
  return [
    { desiredRevision, reason: 'desired-deleted', ...known },
    ...(look === undefined ? [] : [{ desiredRevision: 0, reason: look.reason, ...known }]),
  ];
}
