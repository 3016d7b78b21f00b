import { describe, expect, test } from 'vitest';
import { storeResult } from '../../../src/activities/store-result.ts';
import { digestOfText } from '../../../src/domain/canonical.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { box, createBench } from './activity-bench.ts';

async function stored(result: unknown) {
  const { state } = createBench();
  return { state, value: (await storeResult({ state }, box, result)) as JsonObject };
}

describe('a result on its way into a history', () => {
  test('that is short stays as it is, with nothing JSON does not know', async () => {
    const { value } = await stored({ a: 1, b: [true, null, 'x'.repeat(8_000)], c: undefined });
    expect(value).toEqual({ a: 1, b: [true, null, 'x'.repeat(8_000)] });
    expect((await stored(undefined)).value).toBeNull();
  });

  test('leaves every long text behind, by digest, anywhere inside', async () => {
    const text = 'x'.repeat(8 * 1024 + 1);
    const { state, value } = await stored({ list: [{ text }] });
    const digest = digestOfText(text);
    expect(value).toEqual({ list: [{ text: { $blob: digest, length: text.length, head: 'x'.repeat(500) } }] });
    expect(await state.blobs.get('default', digest)).toBe(text);
    expect(await state.blobs.get('other', digest)).toBeUndefined();
  });

  test('is cut past 256 KiB and says so', async () => {
    const { state, value } = await stored({ text: 'x'.repeat(300 * 1024) });
    expect(value.text).toMatchObject({ length: 300 * 1024, cut: true });
    const blob = await state.blobs.get('default', (value.text as { $blob: string }).$blob);
    expect(blob?.length).toBe(256 * 1024);
  });

  test('loses what has the form of a secret, in short texts, in long ones, and across the cut', async () => {
    const secret = `ghp_${'a'.repeat(36)}`;
    expect((await stored({ said: `login with ${secret} worked` })).value).toEqual({
      said: 'login with [secret] worked',
    });
    for (const before of [9_000, 256 * 1024 - 20]) {
      const { state, value } = await stored({
        list: [{ text: `${'x '.repeat(before / 2)}${secret}${' y'.repeat(9_000)}` }],
      });
      const [{ text }] = value.list as unknown as [{ text: { $blob: string } }];
      const blob = await state.blobs.get('default', text.$blob);
      expect(blob).toContain('[secret]');
      expect(blob).not.toContain('ghp_');
    }
  });

  test('of what our own tools return nothing is taken for a secret', async () => {
    const own = {
      image: `sha256:${'a1'.repeat(32)}`,
      run: '4f0c-77',
      pid: 4711,
      startedAt: '2026-11-22T10:00:00.000Z',
    };
    expect((await stored(own)).value).toEqual(own);
  });

  test('with broken Unicode is stored as what it says of itself', async () => {
    const { state, value } = await stored({ text: `${'x'.repeat(9_000)}\ud800` });
    expect(await state.blobs.get('default', (value.text as { $blob: string }).$blob)).toMatch(/\ufffd$/);
  });

  test('is cut by bytes: 300 KB of Chinese are kept as far as they fit', async () => {
    expect((await stored({ text: '語'.repeat(100_000) })).value.text).toMatchObject({ cut: true });
  });

  test.each([
    { texts: ['x'.repeat(5_000), 'x'.repeat(5_000)], reason: 'two texts that are short each' },
    { texts: Array.from({ length: 1_000 }, () => 'x'.repeat(8_000)), reason: 'a thousand of them' },
    { texts: ['語'.repeat(4_000)], reason: 'few characters of many bytes' },
  ])('leaves $reason behind: no more than 8 KiB of it travel', async ({ texts }) => {
    const { value } = await stored({ texts });
    expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThan(8 * 1024);
    expect(JSON.stringify(value)).toContain('$blob');
  });
});
