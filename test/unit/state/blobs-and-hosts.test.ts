import { describe, expect, test } from 'vitest';
import { digestOfText } from '../../../src/domain/canonical.ts';
import { createTestState } from './samples.ts';

describe('blobs', () => {
  test('a text comes back by its digest, to its own tenant alone', async () => {
    const { blobs } = createTestState().state;
    const digest = await blobs.put('default', 'zürich');
    expect(digest).toBe(digestOfText('zürich'));
    expect(await blobs.get('default', digest)).toBe('zürich');
    expect(await blobs.get('other', digest)).toBeUndefined();
  });

  test('the same text again is stored once', async () => {
    const { state } = createTestState();
    const digest = await state.blobs.put('default', 'x');
    expect(await state.blobs.put('default', 'x')).toBe(digest);
    expect((await state.store.list('/test/blobs/')).entries.map(({ value }) => value)).toEqual(['x']);
  });

  test('over 256 KiB of UTF-8 → TOO_LARGE', async () => {
    const { blobs } = createTestState().state;
    await expect(blobs.put('default', 'ü'.repeat(140_000))).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await blobs.put('default', 'u'.repeat(256 * 1024));
  });
});

describe('hosts', () => {
  test('a host is alive from its announcement to its end', async () => {
    const now = new Date('2026-11-21T00:00:00.000Z');
    const { hosts } = createTestState({ now: () => now }).state;
    const announced = await hosts.announce('host-1', '10.0.0.1');
    expect(await hosts.isAlive('host-1')).toBe(true);
    expect(await hosts.list()).toEqual([{ host: 'host-1', address: '10.0.0.1', since: now.toISOString() }]);
    await announced.close();
    expect(await hosts.isAlive('host-1')).toBe(false);
  });
});
