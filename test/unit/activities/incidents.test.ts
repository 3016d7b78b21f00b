import { expect, test } from 'vitest';
import { openIncident } from '../../../src/activities/incidents.ts';
import { createBench, diskFull } from './activity-bench.ts';

test('what is no longer wanted has no incident, but one that is open goes on to its end', async () => {
  const bench = createBench();
  await bench.putBox({ size: 1 });
  const open = (runId: string) =>
    openIncident(bench.dependencies, { ...bench.scope, runId }, { ...bench.reference, issue: diskFull });
  expect(await open('run-1')).toEqual({ type: 'open' });
  await bench.removeBox();
  expect(await open('run-1'), 'a second attempt of the same').toEqual({ type: 'open' });
  expect(await open('run-2')).toMatchObject({ type: 'suppressed' });
});
