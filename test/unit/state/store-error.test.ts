import { expect, test } from 'vitest';
import { isStoreAway, toStoreError } from '../../../src/state/store-error.ts';

test.each([
  { text: '14 UNAVAILABLE: No connection established', code: 'STORE_UNAVAILABLE', reason: 'nobody there' },
  { text: '4 DEADLINE_EXCEEDED: Deadline exceeded after 5s', code: 'STORE_UNAVAILABLE', reason: 'no answer' },
  { text: '14 UNAVAILABLE: etcdserver: no leader', code: 'STORE_UNAVAILABLE', reason: 'no quorum' },
  { text: 'something new', code: 'STORE_UNAVAILABLE', reason: 'unknown means it may have happened' },
  { text: '8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded', code: 'STORE_FULL', reason: 'quota' },
  { text: '3 INVALID_ARGUMENT: etcdserver: request is too large', code: 'TOO_LARGE', reason: 'over 1.5 MiB' },
  { text: '7 PERMISSION_DENIED: etcdserver: permission denied', code: 'INVALID_CONFIG', reason: 'role' },
  {
    text: 'etcdserver: authentication failed, invalid user ID or password',
    code: 'INVALID_CONFIG',
    reason: 'password',
  },
])('$text → $code: $reason', ({ text, code }) => {
  const error = toStoreError(new Error(text), 'write x');
  expect(error.code).toBe(code);
  expect(isStoreAway(error)).toBe(error.retryable);
});
