import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** What was held by the configuration of one runtime, and is not by that of the next. */
let bed: TestBed;
/** No sweep but those at the start of a runtime. */
const quiet = { sweep: { every: '1h' } } as const;
beforeAll(async () => {
  bed = await startTestBed({ config: { ...quiet, mode: { default: 'observe' } } });
});
afterAll(() => bed?.stop());

const names = ['one', 'two', 'three'];
const runIds = () =>
  Promise.all(
    names.map(async (name) => {
      const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey(name)));
      return (await handle.describe()).runId;
    }),
  );
const sweeps = async () =>
  (await readFile(join(bed.servers.folder, 'runtime.log'), 'utf8')).split('"place":"this-host"').length - 1;

test('what only was observed is brought about by a runtime that may act, without a word from anybody', async () => {
  for (const name of names) await bed.put(name, { size: 3 });
  for (const name of names) {
    await bed.condition(name, 'Blocked', 'ObserveOnly');
    await bed.closed(name);
  }
  const observing = await runIds();
  const { revision } = await bed.servers.state.resources.read(widgetKey('one'));
  await bed.restartRuntime();
  await waitFor('both runtimes to have swept', async () => (await sweeps()) >= 2);
  expect(await runIds(), 'of a runtime that still observes').toEqual(observing);
  expect((await bed.servers.state.resources.read(widgetKey('one'))).actual!.modRevision).toBeLessThanOrEqual(revision);

  await bed.restartRuntime({ ...quiet, mode: { default: 'act' } });
  for (const name of names) {
    const record = await waitFor(`${name} to run`, async () => {
      const now = await bed.actual(name);
      return now?.status.state === 'Running' ? now : undefined;
    });
    expect(record.status).toMatchObject({ failures: 0, drifted: false });
    expect(record.status).not.toHaveProperty('retryAt');
  }
  expect(await bed.effects.objects()).toMatchObject(
    Object.fromEntries(names.map((name) => [`default.widget.${name}`, { size: 3 }])),
  );
});
