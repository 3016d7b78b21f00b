import { beforeAll, describe, expect, test } from 'vitest';
import { badResources, isAnswerTo, titleOf } from '../../support/bad-resources.ts';
import { createDoors, type Doors } from './doors.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await createDoors();
});

/** No secret of any row, nothing that a terminal would obey, and no more than one can read. */
function expectHarmless(line: string): void {
  expect(line).not.toMatch(/hunter2|MIIE|47114711|ghp_/);
  expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(line.length).toBeLessThan(600);
}

const key = { tenant: 'default', kind: 'Database', name: 'main' };

describe('applied, it is refused with its code, path and remedy, and nothing is stored', () => {
  test.each(badResources.filter(({ only }) => only !== 'etcd').map((row) => [titleOf(row), row] as const))(
    '%s',
    async (_, row) => {
      const { revision } = await doors.state.store.get('/test/none');
      const [first = 'accepted', ...others] = await doors.apply(row.text('main'));
      expect(isAnswerTo(row, first), first).toBe(true);
      expectHarmless(first);
      expect(others).toEqual([]);
      expect((await doors.state.store.get('/test/none')).revision).toBe(revision);
    },
  );
});

describe('put straight into etcd, it becomes Invalid, or waits, with the same code, path and remedy, and nothing is begun', () => {
  test.each(badResources.filter(({ only }) => only !== 'line').map((row) => [titleOf(row), row] as const))(
    '%s',
    async (_, row) => {
      const line = await doors.put(key, row.text('main'));
      expect(isAnswerTo(row, line), line).toBe(true);
      expectHarmless(line);
      expect((await doors.state.resources.read(key)).actual).toBeUndefined();
      expect(doors.world.effects).toEqual([]);
    },
  );
});

test.each([
  { description: '😀👩‍👩‍👧 語言 e\u0301 العربية', reason: 'emoji, CJK, combining marks (13)' },
  { description: '\u0000\u001b\u202e\ufeff\u{e0041}', reason: 'control and format characters in a text' },
])('accepted at both doors, byte for byte: $reason', async ({ description }) => {
  const text = JSON.stringify({
    apiVersion: 'homeostat/v1',
    kind: 'Database',
    metadata: { name: 'main', annotations: { note: description } },
    spec: {
      description,
      replicas: -0,
      env: { TOKEN_FILE: '/run/token' },
      keepFor: 'P1W',
      backupAt: '0 3 * * *',
      createdOn: '2028-02-29',
      restoreTo: '2026-02-28T12:00:00.5Z',
    },
  });
  expect(await doors.apply(text)).toEqual([]);
  const { value } = (await doors.state.resources.read(key)).desired!;
  expect(value).toMatchObject({ metadata: { annotations: { note: description } }, spec: { description } });
  expect(await doors.put(key, text)).toBe('plan');
});
