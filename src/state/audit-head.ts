import type { AuditHead } from '../domain/audit.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { StateContext } from './state-context.ts';
import type { StoreEntry } from './store.ts';
import { parseOwn } from './stored-json.ts';

/** The head of a chain as it stands in the store; undefined where there is none, or where somebody broke it. */
export function parseAuditHead(entry: StoreEntry | undefined): AuditHead | undefined {
  const { seq, hash } = parseOwn<Partial<AuditHead>>(entry) ?? {};
  return seq !== undefined && Number.isSafeInteger(seq) && typeof hash === 'string' ? { seq, hash } : undefined;
}

/**
 * The head of a chain by its newest record, for where the head itself is lost; undefined where there is no record either.
 * Throws `AUDIT_BROKEN` when that record cannot be read.
 */
export async function findAuditHead(
  { store, keys }: Pick<StateContext, 'store' | 'keys'>,
  resource: ResourceKey,
): Promise<AuditHead | undefined> {
  const { entries } = await store.list(keys.auditOf(resource));
  const newest = entries.at(-1);
  if (newest === undefined) return undefined;
  const head = parseAuditHead(newest);
  if (head === undefined || newest.key !== keys.audit(resource, head.seq)) {
    throw new HomeostatError('AUDIT_BROKEN', {
      path: newest.key,
      problem: `holds no record, and ${keys.auditHead(resource)} does not say after what the chain goes on`,
      remedy: 'put either of them back as it was, or delete this record',
    });
  }
  return head;
}
