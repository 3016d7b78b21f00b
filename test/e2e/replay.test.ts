import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { taskQueues, workflowTypes } from '../../src/domain/messages.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { widgetKey } from '../support/test-bed.ts';
import { environmentOf, runHomeostat, runProgram } from '../support/run-program.ts';
import { waitFor } from '../support/wait-for.ts';

/** `homeostat replay`, asked before an upgrade. The tests build on each other. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
  newFolder = join(bed.servers.folder, 'new');
});
afterAll(() => bed?.stop());

let newFolder: string;
const replay = (...args: string[]) => runHomeostat(bed.servers, newFolder, ['replay', ...args]);

test('without a Temporal it says so, and ends', async () => {
  const environment = { ...environmentOf(bed.servers, bed.servers.folder), HOMEOSTAT_TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const { code, stderr } = await runProgram(process.execPath, ['src/cli/main.ts', 'replay'], { environment });
  expect(stderr).toMatch(/^TEMPORAL_UNAVAILABLE/);
  expect(code).toBe(1);
});

test('with nothing open there is nothing in the way, and nothing is left in the data folder', async () => {
  expect(await replay()).toEqual({ code: 0, stdout: 'No run is open.\n', stderr: '' });
  // Who asks may be another user than the runtime's.
  expect(existsSync(newFolder)).toBe(false);
});

test('a run that waits for a person is replayed, and waits on', async () => {
  // A sweep that begins when its runtime has gone would be open too.
  await bed.start({ environment: { HOMEOSTAT_SWEEP_EVERY: '24h' } });
  const key = await bed.put('leaving', { size: 1 });
  await bed.running(key);
  await bed.remove(key);
  await bed.condition(key, 'AwaitingApproval');
  await bed.killRuntimes();
  const { code, stdout, stderr } = await waitFor('the run to be listed', async () => {
    const said = await replay();
    return said.stdout.includes('RUN') ? said : undefined;
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^RUN +REPLAYS +FAULT\nreconcile\.default\.Widget\.leaving +yes\n$/);
  expect(code).toBe(0);
  expect(await bed.condition(key, 'AwaitingApproval')).not.toBe('');
});

test('a run of code that this version does not repeat is named, and the command fails', async () => {
  const connection = await NativeConnection.connect({ address: bed.servers.temporalAddress });
  const worker = await Worker.create({
    connection,
    taskQueue: taskQueues.main,
    workflowsPath: fileURLToPath(new URL('../support/foreign-workflows.ts', import.meta.url)),
  });
  await worker.runUntil(async () => {
    const workflowId = 'reconcile.default.Widget.foreign';
    const run = await bed.servers.client.workflow.start(workflowTypes.reconcile, {
      workflowId,
      taskQueue: taskQueues.main,
      args: [{ resource: widgetKey('foreign'), searchAttributes: false }],
    });
    await waitFor('its timer', async () =>
      (await run.fetchHistory()).events!.some((event) => event.timerStartedEventAttributes),
    );
  });
  await connection.close();
  const { code, stdout, stderr } = await waitFor('both runs to be listed', async () => {
    const said = await replay('--output', 'json');
    return said.stdout.includes('foreign') ? said : undefined;
  });
  const { items } = JSON.parse(stdout) as { items: { workflowId: string; fault?: string }[] };
  expect(items).toMatchObject([
    { workflowId: 'reconcile.default.Widget.foreign', fault: expect.stringContaining('TMPRL1100') as string },
    { workflowId: 'reconcile.default.Widget.leaving' },
  ]);
  expect(items[1]).not.toHaveProperty('fault');
  expect(stderr).toContain('1 of 2 open runs do not replay on this version');
  expect(code).toBe(1);
});
