import { describe, expect, test } from 'vitest';
import { createDueRetries } from '../../../src/starters/due-retries.ts';
import type { IndexedResource } from '../../../src/starters/resource-index.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const at = (ms: number) => new Date(now + ms).toISOString();
const resource = (name: string, retryAt?: string): IndexedResource => ({
  key: { tenant: 'default', kind: 'Widget', name },
  desiredRevision: 7,
  actual: {
    status: {
      state: 'Error',
      settledRevision: 1,
      drifted: false,
      failures: 1,
      conditions: [],
      ...(retryAt === undefined ? {} : { retryAt }),
    },
  },
});
const create = () => {
  const retries = createDueRetries();
  return (resources: readonly IndexedResource[], afterMs = 0) =>
    retries.take(resources, now + afterMs).map(({ key }) => key.name);
};

describe('a retry', () => {
  test('is due from its time on, once; and once more where nothing came of it for a minute', () => {
    const take = create();
    const all = [
      resource('now', at(0)),
      resource('soon', at(500)),
      resource('never'),
      { ...resource('no-actual'), actual: undefined },
    ];
    expect(take(all)).toEqual(['now']);
    expect(take(all, 500)).toEqual(['soon']);
    expect(take(all, 59_999)).toEqual([]);
    expect(take(all, 60_000)).toEqual(['now']);
    expect(take(all, 60_500)).toEqual(['soon']);
  });

  test('at another time is another retry', () => {
    const take = create();
    expect(take([resource('web', at(-2))])).toEqual(['web']);
    expect(take([resource('web', at(-1))])).toEqual(['web']);
  });

  test.each([
    { meanwhile: [], reason: 'the resource went' },
    { meanwhile: [{ ...resource('web'), actual: undefined }], reason: 'its actual went' },
    { meanwhile: [resource('web')], reason: 'it was called off' },
  ])('that is no longer there is forgotten: $reason', ({ meanwhile }) => {
    const take = create();
    const web = resource('web', at(-1));
    expect(take([web])).toEqual(['web']);
    expect(take(meanwhile, 500)).toEqual([]);
    expect(take([web], 1_000)).toEqual(['web']);
  });
});
