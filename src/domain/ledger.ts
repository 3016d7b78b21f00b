import type { ResolutionPayload } from './approval.ts';
import type { ResourceKey } from './identity.ts';
import type { JsonObject, JsonValue } from './json.ts';

/**
 * One mutating step in the effect ledger, the value of `ledger/<tenant>/<Kind>/<name>/<seal>/<step>`.
 *
 * `intent` is written before the effect, `done` with the receipt after it. `failed`: the effect is known not to have
 * happened. `unknown`: nobody can say, a person is asked. `resolved`: a person said. Open = `intent` or `unknown`.
 */
export interface LedgerEntry {
  readonly state: 'intent' | 'done' | 'failed' | 'unknown' | 'resolved';
  readonly resource: ResourceKey;
  readonly seal: string;
  readonly step: string;
  readonly toolName: string;
  /** With references resolved: what a probe needs. */
  readonly parameters: JsonObject;
  readonly idempotencyKey: string;
  readonly generation: number;
  /** 1, 2, … over all activities of the step: the number by which the target tells a late attempt. */
  readonly attempt: number;
  /** How many of them belong to earlier activities; a step that a busy host does not come to is sent again as another. */
  readonly earlierAttempts?: number;
  /** When its activity was scheduled, in milliseconds by Temporal's clock; entries of older releases do not say. */
  readonly scheduledAt?: number;
  readonly worker: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly result?: JsonValue;
  readonly error?: string;
  readonly resolution?: Pick<ResolutionPayload, 'choice' | 'approver'>;
}

export function isOpenEntry(entry: LedgerEntry): boolean {
  return entry.state === 'intent' || entry.state === 'unknown';
}

/** The key under which a target does an effect at most once. A redo raises the generation and so is another effect. */
export function idempotencyKeyOf(seal: string, step: string, generation: number): string {
  return `${seal}-${step}-${generation}`;
}
