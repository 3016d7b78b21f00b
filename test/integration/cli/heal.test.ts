import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { widgetKey, startTestBed, type TestBed } from '../../support/test-bed.ts';
import { runInProcess } from '../../support/run-in-process.ts';
import { environmentOf } from '../../support/run-program.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.stop());

const run = (...args: readonly string[]) =>
  runInProcess(environmentOf(bed.servers, join(bed.servers.folder, 'cli')), args);

test('heal --wait waits until what was reported is proven to be over, and incidents tells of it', async () => {
  await bed.put('web', { size: 1 });
  await bed.settled('web');
  const said = ['--type', 'service_down', '--summary', 'it does not answer'];
  const { code, stdout, stderr } = await run('heal', 'Widget/web', ...said, '--wait', '60s');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^told {7}Widget\/web: service_down\n/);
  expect(stdout).toContain('service_down, resolved (warning)\n    Said      it does not answer\n');
  const incident = await bed.servers.state.incidents.get(widgetKey('web'), 'service_down');
  expect(incident).toMatchObject({ state: 'resolved' });
  const listed = await run('incidents', 'Widget/web', '--all', '-o', 'json');
  expect(JSON.parse(listed.stdout)).toEqual({ items: [incident] });
  expect((await run('incidents')).stdout).toBe('Nothing is broken.\n');
});

test('heal --wait of what is left alone ends at once as the incident before it did, and says until when', async () => {
  await bed.put('again', { size: 1 });
  await bed.settled('again');
  const heal = (...more: readonly string[]) => run('heal', 'Widget/again', '--type', 'service_down', ...more);
  expect((await heal('--wait', '60s')).code).toBe(0);
  const { stdout, code, stderr } = await heal('--wait', '30s');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { incidents, store, keys } = bed.servers.state;
  const first = (await incidents.get(widgetKey('again'), 'service_down'))!;
  const until = new Date(Date.parse(first.closedAt!) + 60_000).toISOString();
  expect(stdout).toMatch(/^ended {6}left alone: was resolved [0-9]+ s ago; until (.*)$/m);
  expect(stdout).toContain(`; until ${until}\n`);
  expect(stdout).toContain('service_down, resolved (warning)\n');
  const given = {
    ...first,
    state: 'escalated',
    reason: 'flapping',
    closedAt: '2026-01-01T00:00:00.000Z',
    leftAloneUntil: '2099-01-01T00:00:00.000Z',
  };
  const key = keys.incident(widgetKey('again'), 'service_down');
  await store.commit([], [{ type: 'put', key, value: JSON.stringify(given) }]);
  const refused = await heal('--wait', '30s', '-o', 'json');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toEqual({
    ...given,
    leftAlone: 'left alone: was given to people; until 2099-01-01T00:00:00.000Z',
  });
  expect(JSON.parse(refused.stderr)).toMatchObject({ errors: [{ code: 'NOT_CONVERGED' }] });
});
