import type { AuditEvent } from '../domain/audit.ts';
import { cutToLength } from '../domain/cut-to-length.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { isOpenEntry, type LedgerEntry } from '../domain/ledger.ts';
import { redactSecrets } from '../domain/secret-patterns.ts';
import type { OpenEffect } from '../domain/run.ts';
import type { AuditScope } from './audit-scope.ts';
import { commitChange } from './changes.ts';
import type { Ledger, StoredEntry } from './ledger.ts';
import { judgeIntent, type JudgedIntent } from './judge-intent.ts';
import { outlastStore } from './outlast-store.ts';
import { removeEntries } from './remove-entries.ts';
import type { StateContext } from './state-context.ts';
import type { StoreEntry } from './store.ts';
import { parseOwn, toStored } from './stored-json.ts';
import { transact, type Proposal, type Snapshot } from './transact.ts';

export function createLedger(context: StateContext): Ledger {
  const { store, keys, now } = context;
  const keyOf = ({ resource, seal, step }: Pick<LedgerEntry, 'resource' | 'seal' | 'step'>) =>
    keys.ledger(resource, seal, step);

  const list = async (resource: ResourceKey): Promise<readonly StoredEntry[]> => {
    const { entries } = await store.list(keys.ledgerOf(resource));
    return entries.flatMap(toStoredEntry);
  };

  /** One entry's next state with its audit event; `next` sees what stands there and returns nothing to leave it so. */
  const change = async (
    at: Pick<LedgerEntry, 'resource' | 'seal' | 'step'>,
    when: string,
    scope: AuditScope,
    next: (current: LedgerEntry | undefined, modRevision: number) => LedgerEntry | undefined,
  ): Promise<void> => {
    const key = keyOf(at);
    await commitChange(context, {
      resource: at.resource,
      at: when,
      reads: [key],
      decide(snapshot) {
        const stored = snapshot.get(key);
        const changed = next(parseOwn<LedgerEntry>(stored), stored?.modRevision ?? 0);
        if (changed === undefined) return { result: undefined };
        const entry = withShownError(changed);
        return {
          result: undefined,
          writes: [{ type: 'put', key, value: toStored(entry) }],
          audit: toEvent(entry, scope),
        };
      },
    });
  };

  return {
    async openIntent(entry, { desiredRevision, actualRevision, scopes }) {
      const key = keyOf(entry);
      const desiredKey = keys.desired(entry.resource);
      const actualKey = keys.actual(entry.resource);
      const freezeKeys = scopes.map((scope) => keys.freeze(scope));
      const decide = (snapshot: Snapshot): Proposal<JudgedIntent> => {
        const judged = judgeIntent(entry, parseOwn<LedgerEntry>(snapshot.get(key)));
        if (judged.type === 'done') return { writes: [], result: judged };
        const refuseIfMoved = (half: string, stored: StoreEntry | undefined, expected: number): void => {
          const have = stored?.modRevision ?? 0;
          if (have === expected) return;
          throw new HomeostatError('PLAN_STALE', {
            path: `steps.${entry.step}`,
            problem: `${half} moved before the effect: have ${have}, planned for ${expected}`,
          });
        };
        refuseIfMoved('desired', snapshot.get(desiredKey), desiredRevision);
        if (actualRevision !== undefined) refuseIfMoved('actual', snapshot.get(actualKey), actualRevision);
        const frozen = scopes.find((_, index) => snapshot.get(freezeKeys[index]!) !== undefined);
        if (frozen !== undefined) {
          throw new HomeostatError('PLAN_STALE', { path: `steps.${entry.step}`, problem: `${frozen} was frozen` });
        }
        return { writes: [{ type: 'put', key, value: toStored(judged.entry) }], result: judged };
      };
      const stand = new Map([[desiredKey, desiredRevision]]);
      if (actualRevision !== undefined) stand.set(actualKey, actualRevision);
      const readKeys = [...stand.keys(), key, ...freezeKeys];
      // A first attempt finds nothing but what its caller knows: it need not be read again.
      const believed = entry.attempt === 1 ? onlyThese(stand) : undefined;
      const { result, revision } = await transact(store, readKeys, decide, {
        believed,
        onWritten: context.beliefs.noteWritten,
      });
      if (result.type === 'done') return result;
      const { resource, seal, step } = entry;
      return { ...result, handle: { resource, seal, step, modRevision: revision } };
    },
    async complete(handle, entry, scope) {
      const when = entry.endedAt ?? now().toISOString();
      const write = () =>
        change(handle, when, scope, (current, modRevision) => {
          if (current !== undefined && isSaidAlready(current, entry)) return undefined;
          if (modRevision !== handle.modRevision) throw fenced(entry);
          return entry;
        });
      // The effect has happened: only the receipt is tried again.
      await outlastStore(write, scope.signal);
    },
    list,
    async listOpen(resource) {
      return (await list(resource)).filter(({ entry }) => isOpenEntry(entry));
    },
    async settle({ entry, modRevision }, settlement, scope, at) {
      const settled = { ...entry, ...settlement, endedAt: at };
      await change(entry, at, scope, (current, revision) => {
        if (current !== undefined && isSaidAlready(current, settled)) return undefined;
        if (revision !== modRevision) throw fenced(entry);
        return settled;
      });
    },
    async markUnknown(resource, open, scope) {
      const stillOpen: OpenEffect[] = [];
      for (const effect of open) {
        let isOpen = false;
        await change({ resource, ...effect }, now().toISOString(), scope, (current) => {
          isOpen = current !== undefined && isOpenEntry(current) && !hasBegunSince(current, scope);
          return isOpen && current?.state === 'intent' ? { ...current, state: 'unknown' } : undefined;
        });
        if (isOpen) stillOpen.push(effect);
      }
      return stillOpen;
    },
    async resolve(resource, seal, step, resolution, scope, at) {
      await change({ resource, seal, step }, at, scope, (current) => {
        const path = `${seal}/${step}`;
        if (current === undefined)
          throw new HomeostatError('NOT_FOUND', { path, problem: 'no such effect is on record' });
        if (isOpenEntry(current) && !hasBegunSince(current, scope))
          return { ...current, state: 'resolved', endedAt: at, resolution };
        if (current.resolution?.choice === resolution.choice) return undefined;
        if (current.resolution === undefined) {
          throw new HomeostatError('NOT_WAITING', {
            path,
            problem: `this effect is not in question, it is ${current.state}`,
          });
        }
        const { choice, approver } = current.resolution;
        throw new HomeostatError('ALREADY_DECIDED', { path, problem: `${approver} said ${choice}` });
      });
    },
    async removeOlderThan(ageMs, signal) {
      const endedBefore = now().getTime() - ageMs;
      let removed = 0;
      // Of the plan in whose middle the page may have ended.
      let held: readonly StoredEntry[] = [];
      for await (const page of store.walk(keys.ledgerPrefix)) {
        if (signal?.aborted === true) return removed;
        const stored = [...held, ...page.flatMap(toStoredEntry)];
        const unfinished = stored.at(-1)?.entry.seal;
        held = stored.filter(({ entry }) => entry.seal === unfinished);
        removed += await removeEntries(
          context,
          stored.filter(({ entry }) => entry.seal !== unfinished),
          endedBefore,
        );
      }
      return removed + (await removeEntries(context, held, endedBefore));
    },
  };
}

function toStoredEntry(stored: StoreEntry): readonly StoredEntry[] {
  const entry = parseOwn<LedgerEntry>(stored);
  return entry === undefined ? [] : [{ entry, modRevision: stored.modRevision }];
}

/** A snapshot in which nothing stands but these keys, at their mod revisions; 0 = absent, too. */
function onlyThese(stand: ReadonlyMap<string, number>): Snapshot {
  return {
    revision: Math.max(...stand.values()),
    get(key) {
      const modRevision = stand.get(key) ?? 0;
      return modRevision === 0 ? undefined : { key, value: '', createRevision: modRevision, modRevision };
    },
  };
}

/** What a tool threw may quote anything, at any length. */
function withShownError(entry: LedgerEntry): LedgerEntry {
  if (entry.error === undefined) return entry;
  return { ...entry, error: cutToLength(redactSecrets(entry.error), 2_000) };
}

/** Whether an entry is open of another activity than was asked about: it was resolved, and is done again. */
function hasBegunSince({ scheduledAt = 0 }: LedgerEntry, scope: AuditScope): boolean {
  return scope.scheduledAt !== undefined && scheduledAt > scope.scheduledAt;
}

/** Whether this very attempt has said this before: its receipt was written, only the answer got lost. */
function isSaidAlready(current: LedgerEntry, entry: LedgerEntry): boolean {
  return (
    current.state === entry.state &&
    current.attempt === entry.attempt &&
    current.worker === entry.worker &&
    current.startedAt === entry.startedAt
  );
}

function fenced({ seal, step, toolName }: LedgerEntry): HomeostatError {
  return new HomeostatError('EFFECT_FENCED', {
    path: `${seal}/${step}`,
    problem: `another attempt of ${toolName} took over`,
  });
}

function toEvent(entry: LedgerEntry, { workflowId, runId }: AuditScope): AuditEvent {
  const { seal, step, toolName, state, attempt, generation, error, resolution } = entry;
  const types = { unknown: 'outcome-unknown', resolved: 'outcome-resolved' } as const;
  return {
    type: state === 'unknown' || state === 'resolved' ? types[state] : 'step-end',
    workflowId,
    runId,
    detail: {
      seal,
      step,
      toolName,
      state,
      attempt,
      generation,
      ...(error === undefined ? {} : { error }),
      ...(resolution === undefined ? {} : { resolution: { ...resolution } }),
    },
  };
}
