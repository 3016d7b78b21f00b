import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../../src/state/store.ts';

/** What every store does. Runs over memory among the unit tests and over a real etcd among the integration tests. */
export function describeStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps the store's contract`, () => {
    let store: Store;
    let tests = 0;
    let root = '';
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());
    const fresh = () => (root = `/contract/${(tests += 1)}`);
    const put = (key: string, value: string) => ({ type: 'put', key: `${root}/${key}`, value }) as const;
    const remove = (key: string) => ({ type: 'delete', key: `${root}/${key}` }) as const;

    test('a key that is absent reads as nothing, at a revision', async () => {
      fresh();
      const { revision, entry } = await store.get(`${root}/absent`);
      expect(entry).toBeUndefined();
      expect(revision).toBeGreaterThan(0);
    });

    test('writes of one commit get one revision, which the commit tells', async () => {
      fresh();
      const { committed, revision } = await store.commit([], [put('a', '1'), put('b', '2')]);
      expect(committed).toBe(true);
      const { entries } = await store.list(`${root}/`);
      expect(entries).toEqual([
        { key: `${root}/a`, value: '1', createRevision: revision, modRevision: revision },
        { key: `${root}/b`, value: '2', createRevision: revision, modRevision: revision },
      ]);
    });

    test('a put keeps the create revision; a delete and a put make a new one', async () => {
      fresh();
      const created = await store.commit([], [put('a', '1')]);
      await store.commit([], [put('a', '2')]);
      expect((await store.get(`${root}/a`)).entry).toMatchObject({ value: '2', createRevision: created.revision });
      await store.commit([], [remove('a')]);
      expect((await store.get(`${root}/a`)).entry).toBeUndefined();
      const again = await store.commit([], [put('a', '3')]);
      expect((await store.get(`${root}/a`)).entry?.createRevision).toBe(again.revision);
    });

    test('a compare that fails writes nothing at all', async () => {
      fresh();
      const first = await store.commit([], [put('a', '1')]);
      const stale = { key: `${root}/a`, modRevision: first.revision - 1 };
      expect((await store.commit([stale], [put('a', '2'), put('b', '2')])).committed).toBe(false);
      expect((await store.list(`${root}/`)).entries.map(({ value }) => value)).toEqual(['1']);
    });

    test('compare 0 holds only for an absent key', async () => {
      fresh();
      const absent = { key: `${root}/a`, modRevision: 0 };
      expect((await store.commit([absent], [put('a', '1')])).committed).toBe(true);
      expect((await store.commit([absent], [put('a', '2')])).committed).toBe(false);
    });

    test('a compare of everything below a prefix holds only while nothing stands there', async () => {
      fresh();
      const empty = { emptyBelow: `${root}/x/` };
      await store.commit([], [put('xy', '1')]);
      expect((await store.commit([empty], [put('x/b', '1')])).committed).toBe(true);
      expect((await store.commit([empty], [put('x/a', '2')])).committed).toBe(false);
      await store.commit([], [remove('x/b')]);
      expect((await store.commit([empty], [put('x/a', '3')])).committed).toBe(true);
    });

    test('many keys are read at one revision, absent ones are left out', async () => {
      fresh();
      const { revision } = await store.commit([], [put('a', '1'), put('b', '2')]);
      const many = await store.getMany([`${root}/a`, `${root}/absent`, `${root}/b`, `${root}/a`]);
      expect(many.revision).toBeGreaterThanOrEqual(revision);
      expect([...many.entries.values()].map(({ value }) => value).toSorted()).toEqual(['1', '2']);
    });

    test('a list is in the order of keys and keeps to its prefix', async () => {
      fresh();
      await store.commit([], [put('x/b', '2'), put('x/a', '1'), put('xy', '3')]);
      const { entries } = await store.list(`${root}/x/`);
      expect(entries.map(({ value }) => value)).toEqual(['1', '2']);
    });

    test('a list of the keys alone has their revisions and no values', async () => {
      const { revision } = await store.commit([], [put('x/a', '1'), put('x/b', '2')]);
      const { entries } = await store.list(`${root}/x/`, { keysOnly: true });
      expect(entries.map(({ value, modRevision }) => [value, modRevision])).toEqual([
        ['', revision],
        ['', revision],
      ]);
    });

    test('a list at an earlier revision shows things as they were', async () => {
      fresh();
      const { revision } = await store.commit([], [put('a', '1')]);
      await store.commit([], [put('a', '2'), put('b', '2')]);
      const then = await store.list(`${root}/`, { atRevision: revision });
      expect(then).toMatchObject({ revision, entries: [{ value: '1' }] });
      await store.commit([], [remove('a')]);
      expect((await store.list(`${root}/`, { atRevision: revision })).entries).toHaveLength(1);
    });

    test('a list larger than one answer may be comes whole', async () => {
      fresh();
      const value = JSON.stringify('x'.repeat(200_000));
      for (let batch = 0; batch < 20; batch += 1) {
        await store.commit(
          [],
          Array.from({ length: 5 }, (_, index) => put(`${String(batch).padStart(2, '0')}-${index}`, value)),
        );
      }
      const { entries } = await store.list(`${root}/`);
      expect(entries).toHaveLength(100);
      expect(entries.every((entry) => entry.value === value)).toBe(true);
    });

    test('a walk brings everything, while what it brought is removed behind it', async () => {
      fresh();
      const value = JSON.stringify('x'.repeat(200_000));
      const names = Array.from({ length: 100 }, (_, index) => String(index).padStart(2, '0'));
      for (let from = 0; from < names.length; from += 5)
        await store.commit(
          [],
          names.slice(from, from + 5).map((name) => put(name, value)),
        );
      const walked: string[] = [];
      for await (const page of store.walk(`${root}/`)) {
        walked.push(...page.map(({ key }) => key));
        await store.commit(
          [],
          page.map(({ key }) => ({ type: 'delete', key })),
        );
      }
      expect(walked).toEqual(names.map((name) => `${root}/${name}`));
      expect((await store.list(`${root}/`)).entries).toEqual([]);
    });

    test('text beyond ASCII comes back as it was', async () => {
      fresh();
      await store.commit([], [put('a', '"zürich 🦊"')]);
      expect((await store.get(`${root}/a`)).entry?.value).toBe('"zürich 🦊"');
    });

    test('a kept key is there until it is let go', async () => {
      fresh();
      const held = await store.keepAlive(`${root}/host`, '{}', 5);
      expect((await store.get(`${root}/host`)).entry?.value).toBe('{}');
      await held.close();
      expect((await store.get(`${root}/host`)).entry).toBeUndefined();
    });
  });
}
