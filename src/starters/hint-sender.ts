import { toReconcileStart } from './reconcile-start.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { describeThrown } from '../domain/failure.ts';
import { showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { asksForLook } from '../domain/needs-run.ts';
import { signalNames, workflowTypes, type Hint } from '../domain/messages.ts';
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
  /** Signals under way at once. */
  readonly concurrency?: number;
}

/** At most one hint a second for one resource: a resource written in a loop costs one pass a second, not a thousand. */
const minimumGapMs = 1_000;
const longestPauseMs = 5_000;

interface Pending {
  readonly resource: ResourceKey;
  hint: Hint;
}

/**
 * Sends hints by signal-with-start: one a resource at a time, folded while they wait. Bounded by the number of
 * resources, however long Temporal is away; what cannot be sent is tried again until it is.
 */
export function createHintSender({ client, searchAttributes, log, concurrency = 32 }: HintSenderOptions): HintSender {
  const waiting = new Map<string, Pending>();
  const lastSent = new Map<string, number>();
  const underWay = new Set<string>();
  const closing = new AbortController();
  let trouble: string | undefined;
  const senders = new Set<Promise<void>>();

  const pump = () => {
    for (const [path, pending] of waiting) {
      if (underWay.size >= concurrency || closing.signal.aborted) return;
      if (underWay.has(path)) continue;
      underWay.add(path);
      const sender = deliver(path, pending.resource).finally(() => {
        underWay.delete(path);
        senders.delete(sender);
        if (waiting.size > 0) pump();
      });
      senders.add(sender);
    }
  };

  const deliver = async (path: string, resource: ResourceKey): Promise<void> => {
    const gap = (lastSent.get(path) ?? 0) + minimumGapMs - Date.now();
    try {
      if (gap > 0) await sleep(gap, undefined, { signal: closing.signal });
      for (let pause = 100; ; pause = Math.min(pause * 2, longestPauseMs)) {
        // Taken as late as possible: whatever was noted until now travels with this signal.
        const pending = waiting.get(path);
        if (pending === undefined) return;
        waiting.delete(path);
        lastSent.set(path, Date.now());
        try {
          await signalWithStart(resource, pending.hint);
          trouble = undefined;
          return;
        } catch (error) {
          trouble = describeThrown(error);
          log.warn({ resource: showResource(resource), trouble }, 'cannot hint, will try again');
          noteHint(waiting, path, resource, pending.hint);
          await sleep(pause, undefined, { signal: closing.signal });
        }
      }
    } catch {
      // Only the close interrupts a pause; what is still waiting is found again by the next runtime's list.
    }
  };

  const signalWithStart = async (resource: ResourceKey, hint: Hint): Promise<void> => {
    const start = toReconcileStart(resource, searchAttributes);
    await client.workflow.signalWithStart(workflowTypes.reconcile, {
      ...start,
      args: [...start.args],
      signal: signalNames.changed,
      signalArgs: [hint],
    });
    log.info({ run: start.workflowId, reason: hint.reason, desiredRevision: hint.desiredRevision }, 'hinted');
  };

  const gapKeeper = setInterval(() => {
    const old = Date.now() - minimumGapMs;
    for (const [path, at] of lastSent) if (at < old) lastSent.delete(path);
  }, 10_000).unref();

  return {
    send(resource, hint) {
      noteHint(waiting, toResourcePath(resource), resource, hint);
      pump();
    },
    get pending() {
      return new Set([...waiting.keys(), ...underWay]).size;
    },
    get trouble() {
      return trouble;
    },
    async close() {
      closing.abort();
      clearInterval(gapKeeper);
      await Promise.allSettled(senders);
    },
  };
}

function noteHint(waiting: Map<string, Pending>, path: string, resource: ResourceKey, hint: Hint): void {
  const before = waiting.get(path);
  if (before === undefined) waiting.set(path, { resource, hint });
  else before.hint = foldHints(before.hint, hint);
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
