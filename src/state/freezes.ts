import type { AuditEvent } from '../domain/audit.ts';
import { HomeostatError } from '../domain/failure.ts';
import { resourceOf, type Freeze, type StandingFreeze } from '../domain/freeze.ts';
import { toReconcileWorkflowId } from '../domain/identity.ts';
import type { Keys } from '../domain/keys.ts';
import { commitChange } from './changes.ts';
import type { StateContext } from './state-context.ts';
import type { StoreEntry, Write } from './store.ts';
import { parseOwn, toStored } from './stored-json.ts';
import { transact, type Snapshot } from './transact.ts';

/** What may not be started now. Written by people's doors, read before anything is planned or done. */
export interface Freezes {
  /** The same again changes nothing; the first one's words stay. Answers whether it is new. */
  freeze(scope: string, freeze: Freeze): Promise<boolean>;
  /** Throws `NOT_FOUND` when the scope is not frozen. */
  thaw(scope: string, by: string): Promise<void>;
  list(): Promise<readonly StandingFreeze[]>;
  /** Those of the given scopes that are frozen. */
  find(scopes: readonly string[]): Promise<readonly StandingFreeze[]>;
}

export function createFreezes(context: StateContext): Freezes {
  const { store, keys, now } = context;
  const toStanding = (entry: StoreEntry) => toStandingFreeze(keys, entry);

  /** A pause of one resource stands in that resource's audit chain; wider ones in the records of the runs they end. */
  const change = async (
    scope: string,
    type: 'paused' | 'resumed',
    detail: { readonly by: string; readonly reason?: string },
    decide: (snapshot: Snapshot) => readonly Write[],
  ): Promise<boolean> => {
    const key = keys.freeze(scope);
    const resource = resourceOf(scope);
    if (resource === undefined) {
      const { written } = await transact(store, [key], (snapshot) => ({ writes: decide(snapshot), result: undefined }));
      return written;
    }
    const audit: AuditEvent = { type, workflowId: toReconcileWorkflowId(resource), runId: '', detail: { ...detail } };
    const { written } = await commitChange(context, {
      resource,
      at: now().toISOString(),
      reads: [key],
      decide(snapshot) {
        const writes = decide(snapshot);
        return { result: undefined, writes, ...(writes.length === 0 ? {} : { audit }) };
      },
    });
    return written;
  };

  return {
    async freeze(scope, freeze) {
      const key = keys.freeze(scope);
      return change(scope, 'paused', { by: freeze.by, reason: freeze.reason }, (snapshot) =>
        snapshot.get(key) === undefined ? [{ type: 'put', key, value: toStored(freeze) }] : [],
      );
    },
    async thaw(scope, by) {
      const key = keys.freeze(scope);
      await change(scope, 'resumed', { by }, (snapshot) => {
        if (snapshot.get(key) !== undefined) return [{ type: 'delete', key }];
        throw new HomeostatError('NOT_FOUND', {
          path: 'scope',
          problem: `${scope} is not paused`,
          remedy: 'look with: homeostat pause --list',
        });
      });
    },
    async list() {
      return (await store.list(keys.freezePrefix)).entries.map(toStanding);
    },
    async find(scopes) {
      const { entries } = await store.getMany(scopes.map((scope) => keys.freeze(scope)));
      return [...entries.values()].map(toStanding);
    },
  };
}

/** Anybody may put a freeze by hand, with as few words as they like. */
export function toStandingFreeze(keys: Keys, entry: StoreEntry): StandingFreeze {
  const said = parseOwn<Record<string, unknown>>(entry) ?? {};
  const text = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise);
  return {
    scope: entry.key.slice(keys.freezePrefix.length),
    by: text(said.by, 'unknown'),
    reason: text(said.reason, 'no reason given'),
    since: text(said.since, ''),
  };
}
