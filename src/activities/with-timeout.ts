import { HomeostatError } from '../domain/failure.ts';

/**
 * Ends something that takes too long, from our side: its signal is aborted and `STEP_TIMED_OUT` thrown, whether it listens
 * or not. Left to Temporal's own time-out it would be tried again for ever, because nobody would count.
 */
export async function withTimeout<Result>(
  what: string,
  timeoutMs: number,
  outer: AbortSignal,
  body: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new HomeostatError('STEP_TIMED_OUT', { path: what, problem: `took longer than ${timeoutMs} ms` });
      ending.abort(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([body(AbortSignal.any([outer, ending.signal])), tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same of what only looks: given up with its signal as well, whether it listens or not, since nothing comes of it late. */
export async function lookWithin<Result>(
  what: string,
  timeoutMs: number,
  outer: AbortSignal,
  look: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  outer.throwIfAborted();
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(outer.reason);
  outer.addEventListener('abort', giveUp, { once: true });
  try {
    return await withTimeout(what, timeoutMs, outer, (signal) => Promise.race([look(signal), givenUp]));
  } finally {
    outer.removeEventListener('abort', giveUp);
  }
}
