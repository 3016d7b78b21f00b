import type { AuditRecord } from '../domain/audit.ts';
import { HomeostatError } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import type { ModelChoice } from '../domain/model-route.ts';
import type { ModelUsage } from '../domain/model-usage.ts';

/** A conversation with a model, as the audit trail tells of it. */
export interface RecordedCall extends ModelChoice, ModelUsage {
  /** Its number in the audit trail. */
  readonly call: number;
  /** ISO 8601. */
  readonly at: string;
  /** What it was asked for; a plan where it is not said. */
  readonly asks?: 'diagnosis';
  readonly notes: readonly string[];
  /** Why nothing came of it. */
  readonly error?: string;
  /** Digest of what was said; absent where it could not be kept. */
  readonly transcript?: string;
}

export interface ChosenCall {
  readonly call?: number;
  /** A digest, or how it begins. */
  readonly digest?: string;
}

/** The conversations among the records, oldest first. */
export function listCalls(records: readonly AuditRecord[]): readonly RecordedCall[] {
  return records
    .filter(({ type }) => type === 'model-asked')
    .map(({ seq, at, detail }) => ({ call: seq, at, ...(detail as unknown as Omit<RecordedCall, 'call' | 'at'>) }));
}

/** The one that is meant; when nothing is said the newest in which there was an answer. Throws `NOT_FOUND`. */
export function chooseCall(
  resource: ResourceKey,
  calls: readonly RecordedCall[],
  { call, digest }: ChosenCall,
): RecordedCall {
  const matching = calls.filter(
    (one) =>
      (call === undefined || one.call === call) &&
      (digest === undefined || one.transcript?.startsWith(digest.toLowerCase()) === true),
  );
  const found = matching.findLast((one) => one.calls > 0) ?? matching.at(-1);
  if (found !== undefined) return found;
  const asked = call === undefined ? `--digest ${digest}` : `--call ${call}`;
  throw new HomeostatError('NOT_FOUND', {
    path: `transcript ${showResource(resource)}`,
    problem: `no such call on record: ${asked}`,
    remedy: calls.length === 0 ? 'no model was asked about it' : `there is ${calls.map((one) => one.call).join(', ')}`,
  });
}
