import { toReconcileStart } from './reconcile-start.ts';
import type { Client } from '@temporalio/client';
import { describeThrown } from '../domain/failure.ts';
import { showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { asksForLook } from '../domain/needs-run.ts';
import { signalNames, workflowTypes, type Hint } from '../domain/messages.ts';
import { unobservedHints, type HintJourney, type HintObserver } from './hint-observer.ts';
import type { StarterLog } from './starter-log.ts';

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
  readonly log: StarterLog;
  readonly observer?: HintObserver;
  /** Signals under way at once. */
  readonly concurrency?: number;
}

/** At most one hint a second for one resource: a resource written in a loop costs one pass a second, not a thousand. */
const minimumGapMs = 1_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** Without a deadline a call to a server that went silent lasts as long as the connection seems to. */
const answerMs = 5_000;

interface Pending {
  readonly resource: ResourceKey;
  readonly hint: Hint;
  readonly journey: HintJourney;
}

/**
 * Sends hints by signal-with-start: one a resource at a time, folded while they wait. Bounded by the number of
 * resources, however long Temporal is away; what cannot be sent is tried again until it is.
 */
export function createHintSender({
  client,
  searchAttributes,
  log,
  observer = unobservedHints,
  concurrency = 32,
}: HintSenderOptions): HintSender {
  const waiting = new Map<string, Pending>();
  /** When a resource may be hinted again, and how often in a row it could not be. */
  const paused = new Map<string, { readonly until: number; readonly failures: number }>();
  const senders = new Map<string, Promise<void>>();
  let closing = false;
  let trouble: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const pump = () => {
    clearTimeout(timer);
    const now = Date.now();
    let next = Infinity;
    for (const [path, pending] of waiting) {
      if (closing || senders.size >= concurrency) return;
      if (senders.has(path)) continue;
      const { until } = paused.get(path) ?? { until: 0 };
      // A pause holds no place: one resource that is written in a loop delays nobody else.
      if (until > now) next = Math.min(next, until);
      else {
        waiting.delete(path);
        const sender = deliver(path, pending).finally(() => {
          senders.delete(path);
          pump();
        });
        senders.set(path, sender);
      }
    }
    if (next !== Infinity) timer = setTimeout(pump, next - now);
  };

  const deliver = async (path: string, pending: Pending): Promise<void> => {
    const failures = paused.get(path)?.failures ?? 0;
    const { resource, hint, journey } = pending;
    const sentAt = Date.now();
    try {
      await journey.attempt(() => signalWithStart(resource, hint));
      trouble = undefined;
      paused.set(path, { until: sentAt + minimumGapMs, failures: 0 });
    } catch (error) {
      trouble = describeFault(error);
      log.warn({ resource: showResource(resource), trouble }, 'cannot hint, will try again');
      const newer = waiting.get(path);
      waiting.set(path, newer === undefined ? pending : fold(pending, newer));
      const pause = Math.min(firstPauseMs * 2 ** failures, longestPauseMs);
      paused.set(path, { until: Date.now() + pause, failures: failures + 1 });
    }
  };

  const signalWithStart = async (resource: ResourceKey, hint: Hint): Promise<void> => {
    const start = toReconcileStart(resource, searchAttributes);
    // A call that was given up may have got through all the same: a hint said twice does no harm.
    await client.withDeadline(Date.now() + answerMs, () =>
      client.workflow.signalWithStart(workflowTypes.reconcile, {
        ...start,
        args: [...start.args],
        signal: signalNames.changed,
        signalArgs: [hint],
      }),
    );
    log.info({ run: start.workflowId, reason: hint.reason, desiredRevision: hint.desiredRevision }, 'hinted');
  };

  const forgetting = setInterval(() => {
    const now = Date.now();
    for (const [path, { until }] of paused) if (until < now && !waiting.has(path)) paused.delete(path);
  }, 10_000).unref();

  return {
    send(resource, hint) {
      const path = toResourcePath(resource);
      const pending = { resource, hint, journey: observer.seen(resource, hint) };
      const before = waiting.get(path);
      waiting.set(path, before === undefined ? pending : fold(before, pending));
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
      clearTimeout(timer);
      clearInterval(forgetting);
      // What is still waiting is found again by the next runtime's list.
      await Promise.allSettled(senders.values());
    },
  };
}

/** What Temporal's client throws says only what was tried; the reason is its cause. */
function describeFault(error: unknown): string {
  return describeThrown(error instanceof Error && error.cause !== undefined ? error.cause : error);
}

function fold(older: Pending, newer: Pending): Pending {
  older.journey.foldInto(newer.journey);
  return { ...newer, hint: foldHints(older.hint, newer.hint) };
}

/** Two hints as one: the newest revision, and a reason that asks for a look whatever the revision, if one of them does. */
export function foldHints(left: Hint, right: Hint): Hint {
  const looking = [right, left].find((hint) => asksForLook(hint.reason)) ?? right;
  return {
    ...left,
    ...right,
    desiredRevision: Math.max(left.desiredRevision, right.desiredRevision),
    reason: looking.reason,
  };
}
