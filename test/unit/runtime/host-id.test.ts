import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadHostId } from '../../../src/runtime/host-id.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-host-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a host's id is made once, and kept with the data", () => {
  const dataDir = join(folder, 'data');
  const id = loadHostId(dataDir, undefined);
  expect(id).toMatch(/^host-[0-9a-f]{8}$/);
  expect(loadHostId(dataDir, undefined)).toBe(id);
  expect(readdirSync(dataDir)).toEqual(['host']);
});

test('nobody else on the machine may look into a data folder that is made for it', () => {
  const dataDir = join(folder, 'data');
  loadHostId(dataDir, undefined);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
});

test('a host whose file was left empty, as by a full disk, is refused', () => {
  writeFileSync(join(folder, 'host'), '');
  expect(() => loadHostId(folder, undefined)).toThrow(/^INVALID_CONFIG .*remove the file/);
  expect(loadHostId(folder, 'host-1')).toBe('host-1');
});
