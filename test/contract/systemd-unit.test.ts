import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { parseDuration } from '../../src/domain/duration.ts';
import { findCgroupRoot } from '../../src/drivers/process/cgroup-limits.ts';
import { checkOurCommand } from '../support/our-command.ts';
import { projectRoot, runProgram } from '../support/run-program.ts';

/** What can be said of the unit without systemd. */
const text = readFileSync(join(projectRoot, 'deploy/systemd/homeostat.service'), 'utf8');
const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const settings = lines
  .filter((line) => !line.startsWith('['))
  .map((line) => line.split(/=(.*)/s, 2) as [string, string]);
const valuesOf = (name: string) => settings.filter(([key]) => key === name).map(([, value]) => value);
const environment = Object.fromEntries(valuesOf('Environment').map((entry) => entry.split('=', 2) as [string, string]));

test('it has the three sections, and settings alone in them', () => {
  expect(lines.filter((line) => line.startsWith('['))).toEqual(['[Unit]', '[Service]', '[Install]']);
  for (const [key, value] of settings)
    expect([key, value]).toEqual([expect.stringMatching(/^[A-Z][A-Za-z]+$/), expect.any(String)]);
});

test('only the runtime is ended, in peace, and it comes back whatever happens', () => {
  expect(valuesOf('KillMode')).toEqual(['process']);
  expect(valuesOf('Restart')).toEqual(['always']);
  expect(valuesOf('StartLimitIntervalSec')).toEqual(['0']);
  expect(valuesOf('OOMPolicy')).toEqual(['continue']);
  const [grace] = valuesOf('TimeoutStopSec');
  expect(parseDuration(grace!, 'TimeoutStopSec')).toBeGreaterThan(loadConfig({ environment }).runtime.shutdownForce);
});

test.each([
  'PrivateTmp',
  'PrivateUsers',
  'ProtectHome',
  'MemoryMax',
  'TasksMax',
  'SystemCallFilter',
  'MemoryDenyWriteExecute',
])('%s, which instances would inherit, is not set', (name) => {
  expect(valuesOf(name)).toEqual([]);
});

test('it runs our command as a user of its own, on the data that systemd makes for it', async () => {
  const [command] = valuesOf('ExecStart');
  const [program, flag, file, ...words] = command!.split(' ');
  expect(program).toMatch(/^\/.*\/node$/);
  expect(flag).toMatch(/^--max-semi-space-size=/);
  expect(existsSync(join(projectRoot, file!.replace('/opt/homeostat/', '')))).toBe(true);
  await checkOurCommand(words);
  expect(valuesOf('User')).toEqual(['homeostat']);
  expect(loadConfig({ environment }).dataDir).toBe(`/var/lib/${valuesOf('StateDirectory')[0]}`);
});

test('the command is the file that the unit runs, by a link of another name', async () => {
  const file = valuesOf('ExecStart')[0]!
    .split(' ')
    .find((word) => word.startsWith('/opt/homeostat/'));
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-link-'));
  const link = join(folder, 'homeostat');
  await symlink(join(projectRoot, file!.replace('/opt/homeostat/', '')), link);
  expect(await runProgram(link, ['version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^homeostat /) });
  await rm(folder, { recursive: true });
});

test('the cgroup it delegates is the one in which the process driver sets limits', async () => {
  const [controllers] = valuesOf('Delegate');
  expect(controllers!.split(' ').toSorted()).toEqual(['cpu', 'memory']);
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-unit-'));
  const self = join(folder, 'cgroup');
  await writeFile(self, `0::/system.slice/homeostat.service/${valuesOf('DelegateSubgroup')[0]}\n`);
  expect(findCgroupRoot('/mount', self)).toBe('/mount/system.slice/homeostat.service');
  await rm(folder, { recursive: true });
});
