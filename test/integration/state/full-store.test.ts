import { expect, test } from 'vitest';
import { isEtcdHealthy } from '../../../src/servers/health.ts';
import { createEtcdStore } from '../../../src/state/etcd-store.ts';
import { transact } from '../../../src/state/transact.ts';
import { startEtcd } from './etcd-process.ts';

test('over its quota → STORE_FULL only for what is not there, and reads go on (fault row 23)', async () => {
  const etcd = await startEtcd(`--quota-backend-bytes=${4 * 1024 * 1024}`);
  const store = createEtcdStore({ endpoints: [etcd.endpoint] });
  const value = JSON.stringify('x'.repeat(200_000));
  /** Several at once, because then one is applied over the quota before etcd begins to refuse. */
  const fill = (batch: number) =>
    Array.from({ length: 8 }, async (_, index) => {
      const key = `/${batch}-${index}`;
      const outcome = await transact(store, [key], () => ({
        writes: [{ type: 'put', key, value }],
        result: 'taken',
      })).then(
        () => 'taken',
        (error: { code: string }) => error.code,
      );
      return { key, outcome };
    });
  try {
    const all: { key: string; outcome: string }[] = [];
    for (let batch = 0; batch < 10; batch += 1) all.push(...(await Promise.all(fill(batch))));
    expect(new Set(all.map(({ outcome }) => outcome))).toEqual(new Set(['taken', 'STORE_FULL']));
    // Who starts our servers takes it for well: it can only be emptied while it runs.
    expect(await isEtcdHealthy(etcd.endpoint, 2_000)).toBe(true);
    const { entries } = await store.list('/');
    expect(entries.map(({ key }) => key)).toEqual(
      all.flatMap(({ key, outcome }) => (outcome === 'taken' ? [key] : [])).toSorted(),
    );
  } finally {
    await store.close();
    await etcd.close();
  }
});
