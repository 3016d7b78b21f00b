import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkDemoFolder, makeDemoFolder } from '../../../scripts/demo/demo-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-demo-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what somebody else has put there is refused', () => {
  writeFileSync(join(folder, 'endpoints.json'), '{}');
  expect(() => checkDemoFolder(folder)).toThrow('holds what no demonstration made');
});

test('a folder that is empty, not there, or of an earlier demonstration is begun anew', () => {
  const stage = join(folder, 'stage');
  checkDemoFolder(folder);
  checkDemoFolder(stage);
  makeDemoFolder(stage);
  const fresh = readdirSync(stage);
  mkdirSync(join(stage, 'instances'));
  checkDemoFolder(stage);
  makeDemoFolder(stage);
  expect(readdirSync(stage)).toEqual(fresh);
});
