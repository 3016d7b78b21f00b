import { HomeostatError } from '../domain/failure.ts';
import type { LedgerEntry } from '../domain/ledger.ts';

export type JudgedIntent =
  { readonly type: 'done'; readonly entry: LedgerEntry } | { readonly type: 'opened'; readonly tookOver: boolean };

/**
 * Whether an attempt may begin its effect, given what stands in the ledger. The order of attempts is Temporal's; an
 * equal number comes only from a run that was reset, and there the revision fences whoever was first.
 */
export function judgeIntent(intent: LedgerEntry, stored: LedgerEntry | undefined): JudgedIntent {
  if (stored === undefined) return { type: 'opened', tookOver: false };
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
    case 'failed':
      if (stored.attempt > intent.attempt)
        fence(`attempt ${stored.attempt} has begun, this is attempt ${intent.attempt}`);
      // A failed one is known not to have happened, so there is nothing to ask the target about.
      return { type: 'opened', tookOver: stored.state !== 'failed' };
  }
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
      // Another generation is another effect, under another key at the target.
      if (intent.generation <= stored.generation) fence(`to be done again as generation ${stored.generation + 1}`);
      return { type: 'opened', tookOver: false };
    default:
      throw new HomeostatError('EFFECT_REFUSED', {
        path,
        problem: 'a person gave this effect up',
        remedy: 'plan again',
      });
  }
}
