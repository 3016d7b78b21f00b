import { expect, test } from 'vitest';
import { createEtcdStore } from '../../../src/state/etcd-store.ts';
import { startEtcd } from './etcd-process.ts';

test('over its quota → STORE_FULL, nothing written, reads go on (fault row 23)', async () => {
  const etcd = await startEtcd(`--quota-backend-bytes=${4 * 1024 * 1024}`);
  const store = createEtcdStore({ endpoints: [etcd.endpoint] });
  try {
    const value = JSON.stringify('x'.repeat(500_000));
    let written = 0;
    const fill = async () => {
      for (; written < 40; written += 1) await store.commit([], [{ type: 'put', key: `/${written}`, value }]);
    };
    await expect(fill()).rejects.toMatchObject({ code: 'STORE_FULL', retryable: true });
    expect((await store.get(`/${written}`)).entry).toBeUndefined();
    expect((await store.get('/0')).entry?.value).toBe(value);
  } finally {
    await store.close();
    await etcd.close();
  }
});
