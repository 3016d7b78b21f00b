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
