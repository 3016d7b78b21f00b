import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { conformance } from 'homeostat/testing';
import { createFileAgent } from './file-agent.ts';

await test('the agent keeps the contract, with real files', async () => {
  const root = await mkdtemp(join(tmpdir(), 'files-'));
  try {
    // A function: the agent is made anew after each kill, as after a restart.
    await conformance(() => createFileAgent(root), {
      snapshot: () => readdir(root, { recursive: true }),
      cutOff: async () => {
        await rename(root, `${root}-away`);
        return () => rename(`${root}-away`, root);
      },
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
