import { describe, expect, test } from 'vitest';
import {
  endOfPrefix,
  listPages,
  walkPages,
  type RangeAnswer,
  type RangeRequest,
} from '../../../src/state/list-pages.ts';

/** Answers ranges over keys a0000…; refuses answers of more than `fits` keys as gRPC does. */
function createScriptedRange(count: number, fits = Infinity) {
  const requests: RangeRequest[] = [];
  const all = Array.from({ length: count }, (_, index) => `a${String(index).padStart(4, '0')}`);
  const range = async (request: RangeRequest): Promise<RangeAnswer> => {
    requests.push(request);
    const rest = all.filter((key) => Buffer.compare(Buffer.from(key), request.key) >= 0);
    const page = rest.slice(0, request.limit);
    if (page.length > fits) throw new Error('8 RESOURCE_EXHAUSTED: Received message larger than max (9 vs. 8)');
    return {
      header: { revision: `${40 + requests.length}` },
      kvs: page.map((key) => ({
        key: Buffer.from(key),
        value: Buffer.from('1'),
        create_revision: '7',
        mod_revision: '9',
      })),
      more: rest.length > page.length,
    };
  };
  return { range, requests };
}

describe('listPages', () => {
  test('later pages are at the revision of the first', async () => {
    const { range, requests } = createScriptedRange(1_100);
    const { revision, entries } = await listPages(range, 'a');
    expect([revision, entries.length]).toEqual([41, 1_100]);
    expect(requests.map((request) => request.revision)).toEqual([undefined, 41, 41]);
    expect(entries[0]).toEqual({ key: 'a0000', value: '1', createRevision: 7, modRevision: 9 });
  });

  test('pages shrink until the answer fits', async () => {
    const { range } = createScriptedRange(100, 3);
    expect((await listPages(range, 'a')).entries).toHaveLength(100);
  });

  test('one key that is too large for any answer is an error, not a loop', async () => {
    const { range } = createScriptedRange(1, 0);
    await expect(listPages(range, 'a')).rejects.toThrow('larger than max');
  });

  test('overtaken by compaction it starts again, unless the revision was asked for', async () => {
    const { range } = createScriptedRange(600);
    let failures = 1;
    const compacted = async (request: RangeRequest) => {
      if (request.revision === undefined || failures === 0) return range(request);
      failures -= 1;
      throw new Error('11 OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted');
    };
    expect((await listPages(compacted, 'a')).entries).toHaveLength(600);
    failures = 1;
    await expect(listPages(compacted, 'a', { atRevision: 3 })).rejects.toThrow('compacted');
  });

  test('a walk reads each page as things are then, and ends with the last', async () => {
    const { range, requests } = createScriptedRange(1_100);
    const sizes: number[] = [];
    for await (const page of walkPages(range, 'a')) sizes.push(page.length);
    expect(sizes).toEqual([500, 500, 100]);
    expect(requests.map((request) => request.revision)).toEqual([undefined, undefined, undefined]);
  });

  test('the end of a prefix is the first key behind it', () => {
    expect(endOfPrefix('/desired/').toString()).toBe('/desired0');
  });
});
