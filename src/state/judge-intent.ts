import { HomeostatError } from '../domain/failure.ts';
import { idempotencyKeyOf, type LedgerEntry } from '../domain/ledger.ts';

export type JudgedIntent =
  | { readonly type: 'done'; readonly entry: LedgerEntry }
  /** `entry` is the intent to be written. */
  | { readonly type: 'opened'; readonly entry: LedgerEntry; readonly tookOver: boolean };

/**
 * Whether an attempt may begin its effect, given what stands in the ledger. The order of attempts is Temporal's: by when
 * their activity was scheduled, then by their number in it. An equal one is this attempt itself, whose answer from the store
 * was lost.
 */
export function judgeIntent(intent: LedgerEntry, stored: LedgerEntry | undefined): JudgedIntent {
  if (stored === undefined) return { type: 'opened', entry: intent, tookOver: false };
  const path = `${intent.seal}/${intent.step}`;
  const fence = (problem: string): never => {
    throw new HomeostatError('EFFECT_FENCED', { path, problem });
  };
  switch (stored.state) {
    case 'done':
      return { type: 'done', entry: stored };
    case 'resolved':
      return judgeResolved(intent, stored, path, fence);
    case 'intent':
    case 'unknown':
    case 'failed': {
      const entry = countOn(intent, stored, fence);
      // A failed one is known not to have happened, so there is nothing to ask the target about.
      return { type: 'opened', entry, tookOver: stored.state !== 'failed' };
    }
  }
}

/** The intent in the generation that is on record, with the number of its attempt among those of all activities of the step. */
function countOn(intent: LedgerEntry, stored: LedgerEntry, fence: (problem: string) => never): LedgerEntry {
  const laterByMs = (intent.scheduledAt ?? 0) - (stored.scheduledAt ?? 0);
  if (laterByMs < 0) fence('a later activity has begun');
  const earlierAttempts = laterByMs > 0 ? stored.attempt : (stored.earlierAttempts ?? 0);
  const attempt = earlierAttempts + intent.attempt;
  if (stored.attempt > attempt) fence(`attempt ${stored.attempt} has begun, this is attempt ${attempt}`);
  return { ...inGeneration(intent, stored.generation), attempt, earlierAttempts };
}

function inGeneration(intent: LedgerEntry, generation: number): LedgerEntry {
  return { ...intent, generation, idempotencyKey: idempotencyKeyOf(intent.seal, intent.step, generation) };
}

function judgeResolved(
  intent: LedgerEntry,
  stored: LedgerEntry,
  path: string,
  fence: (problem: string) => never,
): JudgedIntent {
  switch (stored.resolution?.choice) {
    case 'adopt':
      return { type: 'done', entry: stored };
    case 'redo':
      // What was begun before the answer is not what was asked for.
      if ((intent.scheduledAt ?? 0) <= (stored.scheduledAt ?? 0)) fence('it is for a later activity to do it again');
      // Another generation is another effect, under another key at the target.
      return { type: 'opened', entry: inGeneration(intent, stored.generation + 1), tookOver: false };
    default:
      throw new HomeostatError('EFFECT_REFUSED', {
        path,
        problem: 'a person gave this effect up',
        remedy: 'plan again',
      });
  }
}
