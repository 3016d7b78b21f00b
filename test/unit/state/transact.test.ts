import { describe, expect, test } from 'vitest';
import type { HomeostatError } from '../../../src/domain/failure.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { transact as transactInTime, type Snapshot } from '../../../src/state/transact.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';
import { createFaultyStore } from './faulty-store.ts';

useFakeTime();
/** With all the pauses it makes. */
const transact: typeof transactInTime = (...args) => passTime(transactInTime(...args));

const put = (key: string, value: string) => ({ type: 'put', key, value }) as const;

function setUp() {
  const inner = createMemoryStore();
  const store = createFaultyStore(inner);
  const valueOf = async (key: string) => (await inner.get(key)).entry?.value;
  /** Appends one to a list kept as JSON text: written twice, it shows. */
  const append = (snapshot: Snapshot) => {
    const list = JSON.parse(snapshot.get('list')?.value ?? '[]') as number[];
    return { writes: [put('list', JSON.stringify([...list, list.length]))], result: list.length };
  };
  return { inner, store, valueOf, append };
}

describe('transact', () => {
  test('writes what was decided and tells the revision it stands at', async () => {
    const { store, inner, append } = setUp();
    const { result, revision, written } = await transact(store, ['list'], append);
    expect({ result, written }).toEqual({ result: 0, written: true });
    expect((await inner.get('list')).entry?.modRevision).toBe(revision);
  });

  test('a decision without writes sends nothing', async () => {
    const { store } = setUp();
    expect(await transact(store, ['list'], () => ({ writes: [], result: 'none' }))).toMatchObject({ written: false });
    expect(store.commits).toBe(0);
  });

  test('after a conflict it decides again on what stands there now', async () => {
    const { store, inner, valueOf, append } = setUp();
    store.faults.push({ before: () => inner.commit([], [put('list', '["other"]')]) });
    await transact(store, ['list'], append);
    expect(await valueOf('list')).toBe('["other",1]');
  });

  test('a key that was read but not written guards too', async () => {
    const { store, inner } = setUp();
    store.faults.push({ before: () => inner.commit([], [put('guard', '1')]) });
    const seen: (string | undefined)[] = [];
    await transact(store, ['guard'], (snapshot) => {
      seen.push(snapshot.get('guard')?.value);
      return { writes: [put('other', '1')], result: undefined };
    });
    expect(seen).toEqual([undefined, '1']);
  });

  test('conflicts without end → STORE_CONFLICT', async () => {
    const { store, inner, append } = setUp();
    const others = () => inner.commit([], [put('list', '[]')]);
    store.faults.push({ before: others }, { before: others }, { before: others });
    const failing = transact(store, ['list'], append, { maximumConflicts: 3 });
    await expect(failing).rejects.toMatchObject({ code: 'STORE_CONFLICT', retryable: true });
  });

  test('a commit whose answer got lost counts as done and is not sent again', async () => {
    const { store, valueOf, append } = setUp();
    store.faults.push('lost-answer');
    expect(await transact(store, ['list'], append)).toMatchObject({ result: 0, written: true });
    expect(await valueOf('list')).toBe('[0]');
    expect(store.commits).toBe(1);
  });

  test('a commit that never arrived is sent again', async () => {
    const { store, valueOf, append } = setUp();
    store.faults.push('never-sent');
    await transact(store, ['list'], append);
    expect(await valueOf('list')).toBe('[0]');
    expect(store.commits).toBe(2);
  });

  test('a lost answer is looked into for as long as the store stays away', async () => {
    const { store, valueOf, append } = setUp();
    store.faults.push({
      afterLost: async () => {
        store.failingReads = 3;
      },
    });
    await transact(store, ['list'], append);
    expect(await valueOf('list')).toBe('[0]');
  });

  test('a store that stays away past the patience → STORE_UNAVAILABLE', async () => {
    const { store, append } = setUp();
    store.faults.push({
      afterLost: async () => {
        store.failingReads = 1_000;
      },
    });
    const failing = transact(store, ['list'], append, { patienceMs: 100 });
    await expect(failing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('a write that others built upon before it was proven is found by its proof', async () => {
    const { store, inner } = setUp();
    store.faults.push({ afterLost: () => inner.commit([], [put('head', '2'), put('record-2', 'theirs')]) });
    let decided = 0;
    await transact(store, ['head'], (snapshot) => {
      decided += 1;
      const next = Number(snapshot.get('head')?.value ?? 0) + 1;
      const record = `record-${next}`;
      return { writes: [put(record, 'ours'), put('head', `${next}`)], result: next, proof: record };
    });
    expect(decided).toBe(1);
    expect((await inner.list('record-')).entries.map(({ value }) => value)).toEqual(['ours', 'theirs']);
  });

  test('a write that comes late, after it was sent again, is done once', async () => {
    const { store, inner, valueOf, append } = setUp();
    // Not there at the first look, there before the second try.
    store.faults.push('never-sent', { before: () => inner.commit([], [put('list', '[0]')]) });
    expect((await transact(store, ['list'], append)).result).toBe(0);
    expect(await valueOf('list')).toBe('[0]');
  });

  test('a full store that did not take it → STORE_FULL, not tried again', async () => {
    const { store, append } = setUp();
    store.faults.push('full');
    await expect(transact(store, ['list'], append)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(store.commits).toBe(1);
  });

  test('a full store that took it all the same counts as done', async () => {
    const { store, valueOf, append } = setUp();
    store.faults.push('full-but-taken');
    expect(await transact(store, ['list'], append)).toMatchObject({ written: true });
    expect(await valueOf('list')).toBe('[0]');
  });

  test('an absent key that is not absent is never overwritten', async () => {
    const { store, inner, valueOf } = setUp();
    await inner.commit([], [put('record', 'theirs')]);
    const failing = transact(
      store,
      ['head'],
      () => ({ writes: [put('record', 'ours')], result: undefined, unread: [{ key: 'record', modRevision: 0 }] }),
      { maximumConflicts: 2 },
    );
    const error = await failing.catch((thrown: HomeostatError) => thrown);
    expect(error).toMatchObject({ code: 'STORE_CONFLICT' });
    expect(await valueOf('record')).toBe('theirs');
  });
});

describe('transact by what its caller believes', () => {
  const nothing: Snapshot = { revision: 0, get: () => undefined };

  test('commits without reading', async () => {
    const { store, valueOf, append } = setUp();
    const unread = { ...store, getMany: () => Promise.reject(new Error('was read')) };
    expect(await transact(unread, ['list'], append, { believed: nothing })).toMatchObject({ written: true });
    expect(await valueOf('list')).toBe('[0]');
  });

  test('reads after all when it does not hold, and that is no conflict', async () => {
    const { store, inner, valueOf, append } = setUp();
    await inner.commit([], [put('list', '["other"]')]);
    await transact(store, ['list'], append, { believed: nothing, maximumConflicts: 1 });
    expect(await valueOf('list')).toBe('["other",1]');
  });

  test('a key that is believed but not written guards too', async () => {
    const { store, inner } = setUp();
    await inner.commit([], [put('guard', '1')]);
    const seen: (string | undefined)[] = [];
    const decide = (snapshot: Snapshot) => {
      seen.push(snapshot.get('guard')?.value);
      return { writes: [put('other', '1')], result: undefined };
    };
    await transact(store, ['guard'], decide, { believed: nothing });
    expect(seen).toEqual([undefined, '1']);
  });

  test('nothing to do is never said without having read', async () => {
    const { store, inner } = setUp();
    await inner.commit([], [put('list', '[0]')]);
    const decide = (snapshot: Snapshot) => ({ writes: [], result: snapshot.get('list')?.value });
    expect(await transact(store, ['list'], decide, { believed: nothing })).toMatchObject({ result: '[0]' });
  });

  test('a commit whose answer got lost counts as done', async () => {
    const { store, valueOf, append } = setUp();
    store.faults.push('lost-answer');
    expect(await transact(store, ['list'], append, { believed: nothing })).toMatchObject({ written: true });
    expect(await valueOf('list')).toBe('[0]');
    expect(store.commits).toBe(1);
  });
});
