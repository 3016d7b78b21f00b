import { appendFile, mkdtemp, open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AuditRecord } from '../../../src/domain/audit.ts';
import { createFileArchive } from '../../../src/state/audit-archive.ts';
import type { AuditArchive } from '../../../src/state/audit-log.ts';
import type { StateOptions } from '../../../src/state/state.ts';
import { createTestState, keys, scope, web } from './samples.ts';

async function withRecords(count: number, options: StateOptions = {}) {
  const { state, store } = createTestState(options);
  for (let index = 1; index <= count; index += 1) {
    await state.changeActual(web, () => 'unchanged', { type: 'run-recorded', ...scope, detail: { index } });
  }
  return { audit: state.audit, store };
}

describe('the audit log', () => {
  test('a chain that is whole has no fault, and so has none at all', async () => {
    const { audit } = await withRecords(3);
    expect(await audit.verify(web)).toBeUndefined();
    expect(await audit.verify({ ...web, name: 'other' })).toBeUndefined();
  });

  test.each([
    { seq: 2, reason: 'in the middle', fault: 'record 2 is missing' },
    { seq: 1, reason: 'at the start', fault: 'record 1 is missing' },
    { seq: 3, reason: 'at the end', fault: 'the chain ends at 2, its head says 3' },
  ])('a record taken away $reason is seen', async ({ seq, fault }) => {
    const { audit, store } = await withRecords(3);
    await store.commit([], [{ type: 'delete', key: keys.audit(web, seq) }]);
    expect(await audit.verify(web)).toBe(fault);
  });

  test('a record that was changed is seen', async () => {
    const { audit, store } = await withRecords(2);
    const { entry } = await store.get(keys.audit(web, 2));
    const record = JSON.parse(entry!.value) as AuditRecord;
    await store.commit([], [{ type: 'put', key: entry!.key, value: JSON.stringify({ ...record, runId: 'forged' }) }]);
    expect(await audit.verify(web)).toBe('record 2 was changed');
  });

  test('a record that is no record is seen', async () => {
    const { audit, store } = await withRecords(2);
    await store.commit([], [{ type: 'put', key: keys.audit(web, 2), value: 'nonsense' }]);
    expect(await audit.verify(web)).toContain('holds no record of its own');
  });

  test('a resource whose name begins like another has a chain of its own', async () => {
    const { audit } = await withRecords(2);
    expect(await audit.list({ ...web, name: 'we' })).toEqual([]);
    expect(await audit.verify({ ...web, name: 'we' })).toBeUndefined();
  });

  test('trim hands the oldest over first and keeps the newest 200; what is left is whole', async () => {
    const lines: string[] = [];
    const { audit } = await withRecords(305, { archive: async (_resource, some) => void lines.push(...some) });
    expect(await audit.trim()).toBe(105);
    expect(lines.map((line) => (JSON.parse(line) as AuditRecord).seq)).toEqual(
      Array.from({ length: 105 }, (_, index) => index + 1),
    );
    const kept = await audit.list(web);
    expect([kept[0]?.seq, kept.length]).toEqual([106, 200]);
    expect(await audit.verify(web)).toBeUndefined();
    expect(await audit.trim()).toBe(0);
  });

  test('trim reads no chain in which nothing is to go', async () => {
    const { audit, store } = await withRecords(201, { archive: async () => {} });
    const lists = vi.spyOn(store, 'list');
    const chains = () => lists.mock.calls.filter(([prefix]) => prefix !== keys.auditHeadPrefix).length;
    expect(await audit.trim()).toBe(1);
    expect(chains()).toBe(1);
    expect(await audit.trim()).toBe(0);
    expect(chains()).toBe(1);
  });

  test('a trim that died half-way is finished by the next', async () => {
    const { audit, store } = await withRecords(305, { archive: async () => {} });
    await store.commit(
      [],
      Array.from({ length: 100 }, (_, index) => ({ type: 'delete', key: keys.audit(web, index + 1) })),
    );
    expect(await audit.trim()).toBe(5);
    expect((await audit.list(web))[0]?.seq).toBe(106);
  });

  test('trim stops where it is asked to', async () => {
    const { audit } = await withRecords(201, { archive: async () => {} });
    expect(await audit.trim(AbortSignal.abort())).toBe(0);
    expect(await audit.list(web)).toHaveLength(201);
  });

  test('after trimming, a record taken away at the start is seen', async () => {
    const { audit, store } = await withRecords(201, { archive: async () => {} });
    await audit.trim();
    await store.commit([], [{ type: 'delete', key: keys.audit(web, 2) }]);
    expect(await audit.verify(web)).toBe('record 2 is missing');
  });

  test('an archive that fails keeps every record', async () => {
    const { audit } = await withRecords(201, { archive: () => Promise.reject(new Error('disk full')) });
    await expect(audit.trim()).rejects.toThrow('disk full');
    expect(await audit.list(web)).toHaveLength(201);
  });

  test('a chain that cannot be archived keeps none of the others, and is told of at the end', async () => {
    const other = { ...web, name: 'other' };
    const archive: StateOptions['archive'] = async ({ name }) => {
      if (name === 'other') throw new Error('no such folder');
    };
    const { state } = createTestState({ archive });
    for (const resource of [other, web]) {
      for (let index = 0; index <= 200; index += 1) {
        await state.changeActual(resource, () => 'unchanged', { type: 'run-recorded', ...scope, detail: { index } });
      }
    }
    await expect(state.audit.trim()).rejects.toThrow('(1 failed): no such folder');
    expect((await state.audit.list(other)).length).toBe(201);
    expect((await state.audit.list(web)).length).toBe(200);
  });

  test('without an archive nothing goes', async () => {
    const { audit } = await withRecords(201);
    expect(await audit.trim()).toBe(0);
  });

  describe('the file archive', () => {
    let folder: string;
    let path: string;
    let archive: AuditArchive;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'homeostat-audit-'));
      path = join(folder, 'default/Widget/web.jsonl');
      archive = createFileArchive(folder);
    });
    afterEach(() => rm(folder, { recursive: true }));

    test('appends a line a record', async () => {
      await archive(web, ['{"seq":1}', '{"seq":2}']);
      await archive(web, ['{"seq":3}']);
      expect(await readFile(path, 'utf8')).toBe('{"seq":1}\n{"seq":2}\n{"seq":3}\n');
    });

    test('glues nothing to half a line that a machine left which went down', async () => {
      await archive(web, ['{"seq":1}']);
      await appendFile(path, '{"se');
      await archive(web, ['{"seq":2}']);
      expect(await readFile(path, 'utf8')).toBe('{"seq":1}\n{"se\n{"seq":2}\n');
    });

    test('leaves nothing of what it could not write whole', async () => {
      await archive(web, ['{"seq":1}']);
      const handle = await open(path);
      const prototype = Object.getPrototypeOf(handle) as FileHandle;
      await handle.close();
      const whole = prototype.write as (bytes: Uint8Array, offset: number, length: number) => Promise<unknown>;
      const write = vi.spyOn(prototype, 'write');
      write.mockImplementationOnce(function (this: FileHandle, bytes: Uint8Array) {
        return whole.call(this, bytes, 0, 5);
      } as typeof whole as FileHandle['write']);
      write.mockRejectedValueOnce(new Error('ENOSPC'));
      onTestFinished(() => write.mockRestore());
      await expect(archive(web, ['{"seq":2}'])).rejects.toThrow('ENOSPC');
      expect(await readFile(path, 'utf8')).toBe('{"seq":1}\n');
      await archive(web, ['{"seq":2}']);
      expect(await readFile(path, 'utf8')).toBe('{"seq":1}\n{"seq":2}\n');
    });

    test('takes nothing out that another runtime wrote while it could write nothing', async () => {
      await archive(web, ['{"seq":1}']);
      const handle = await open(path);
      const prototype = Object.getPrototypeOf(handle) as FileHandle;
      await handle.close();
      const write = vi.spyOn(prototype, 'write').mockImplementationOnce(async () => {
        await appendFile(path, '{"seq":2}\n');
        throw new Error('ENOSPC');
      });
      onTestFinished(() => write.mockRestore());
      await expect(archive(web, ['{"seq":2}'])).rejects.toThrow('ENOSPC');
      expect(await readFile(path, 'utf8')).toBe('{"seq":1}\n{"seq":2}\n');
    });
  });
});
