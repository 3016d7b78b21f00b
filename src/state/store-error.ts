import { describeThrown, HomeostatError } from '../domain/failure.ts';

/** Text of etcd's and gRPC's answers, which is all that npm etcd3 keeps of their codes. */
const phrases = {
  full: /database space exceeded/,
  tooLarge: /request is too large|trying to send message larger than max/i,
  denied:
    /permission denied|authentication failed|user name is empty|user name not found|authentication is not enabled/,
  staleToken: /invalid auth token|revision of auth store is old/,
  compacted: /required revision has been compacted/,
  answerTooLarge: /received message larger than max/i,
} as const;

/**
 * The one place where an error of etcd, gRPC or npm etcd3 becomes one of ours. What is not known to be final counts as
 * `STORE_UNAVAILABLE`: for a commit that means it may have happened, so nobody believes in a failure that was none.
 */
export function toStoreError(error: unknown, operation: string): HomeostatError {
  if (error instanceof HomeostatError) return error;
  const text = describeThrown(error);
  const details = { path: 'etcd', problem: `cannot ${operation}: ${text}`, cause: error };
  if (phrases.full.test(text)) {
    return new HomeostatError('STORE_FULL', {
      ...details,
      remedy: 'compact and defragment etcd or raise its quota, then disarm the NOSPACE alarm',
    });
  }
  if (phrases.tooLarge.test(text)) return new HomeostatError('TOO_LARGE', details);
  if (phrases.denied.test(text)) {
    return new HomeostatError('INVALID_CONFIG', {
      ...details,
      remedy: 'check etcd.username, etcd.password and the role of that user',
    });
  }
  return new HomeostatError('STORE_UNAVAILABLE', { ...details, remedy: 'see whether etcd runs and can be reached' });
}

/** Whether it is the store's fault and nobody else's. */
export function isStoreFault({ code }: HomeostatError): boolean {
  return code.startsWith('STORE_');
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof HomeostatError && error.code === 'STORE_UNAVAILABLE';
}

/**
 * Whether the store cannot take this now, but may later. A commit that failed so may have happened all the same: also
 * with `STORE_FULL`, because the write that goes over the quota is applied first and refused afterwards.
 */
export function isStoreAway(error: unknown): boolean {
  return error instanceof HomeostatError && (error.code === 'STORE_UNAVAILABLE' || error.code === 'STORE_FULL');
}

export function isCompacted(error: unknown): boolean {
  return phrases.compacted.test(describeThrown(error));
}

export function isAnswerTooLarge(error: unknown): boolean {
  return phrases.answerTooLarge.test(describeThrown(error));
}

/** Whether the token is to blame: logging in again helps. */
export function isStaleToken(error: unknown): boolean {
  return phrases.staleToken.test(describeThrown(error));
}
