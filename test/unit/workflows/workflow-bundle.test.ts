import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadWorkflowBundle } from '../../../src/workers/workflow-bundle.ts';

test('two runtimes of one process that start at once both get the workflow code, and leave nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [one, other] = await Promise.all([loadWorkflowBundle(folder), loadWorkflowBundle(folder)]);
  expect(other).toEqual(one);
  expect(readdirSync(folder)).toEqual([basename(one.codePath)]);
}, 60_000);
