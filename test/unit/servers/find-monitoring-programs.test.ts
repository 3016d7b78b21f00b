import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findMonitoringPrograms } from '../../../scripts/tools/find-monitoring-programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** On a machine whose only programs are those in `bin`; its apt-get and dpkg-deb are scripted. */
let folder: string;
let printed: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  mkdirSync(join(folder, 'bin'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

function addProgram(name: string, text: string): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${text}\n`);
  chmodSync(file, 0o755);
}

/** It knows a package only once `update` has run, and every package holds both programs. */
function addApt(): void {
  addProgram(
    'apt-get',
    `for word; do case $word in update|download|prometheus*) echo $word >> ${folder}/asked ;; esac; done
    case "$*" in *update) touch ${folder}/lists; exit 100 ;; esac
    [ -e ${folder}/lists ] || { echo 'E: Unable to locate package' >&2; exit 100; }
    touch some.deb`,
  );
  addProgram(
    'dpkg-deb',
    'mkdir -p content/usr/bin; for name in promtool amtool; do echo "#!/bin/sh" > content/usr/bin/$name; done',
  );
}
const asked = () => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');

const find = (environment: NodeJS.ProcessEnv = {}) =>
  findMonitoringPrograms({ PATH: join(folder, 'bin'), HOMEOSTAT_CACHE_DIR: join(folder, 'cache'), ...environment });

test('a program that is named or in the PATH is taken, and nothing is fetched', async () => {
  addProgram('amtool', '');
  expect(await find({ HOMEOSTAT_TEST_PROMTOOL: '/opt/promtool' })).toEqual({
    HOMEOSTAT_TEST_PROMTOOL: '/opt/promtool',
    HOMEOSTAT_TEST_AMTOOL: join(folder, 'bin', 'amtool'),
  });
  expect(printed).toBe('');
});

test("both come out of Debian's packages, after one look for newer lists, and out of the cache from then on", async () => {
  addApt();
  const found = await find();
  expect(found).toEqual({
    HOMEOSTAT_TEST_PROMTOOL: join(folder, 'cache', 'monitoring', 'promtool'),
    HOMEOSTAT_TEST_AMTOOL: join(folder, 'cache', 'monitoring', 'amtool'),
  });
  const calls = ['download', 'prometheus', 'update', 'download', 'prometheus', 'download', 'prometheus-alertmanager'];
  expect(asked()).toEqual(calls);
  expect(await find()).toEqual(found);
  expect(asked()).toEqual(calls);
});

test('where they cannot be had it is said, with the reason, and nothing is thrown', async () => {
  addProgram('apt-get', `echo $* >> ${folder}/asked; echo 'E: no network here' >&2; exit 100`);
  expect(await find()).toEqual({});
  expect(printed).toMatch(/promtool.*no network here.*TESTS THAT NEED promtool ARE SKIPPED/);
  expect(printed).toMatch(/amtool.*no network here.*TESTS THAT NEED amtool ARE SKIPPED/);
  // What did not work for one is not waited for again.
  expect(asked().filter((call) => call.includes('download'))).toHaveLength(2);
});

test('a program that does not run here does not get into the cache', async () => {
  addApt();
  addProgram('dpkg-deb', 'mkdir -p content/usr/bin; echo "exit 1" > content/usr/bin/promtool');
  expect(await find()).toEqual({});
  addApt();
  expect(Object.keys(await find())).toHaveLength(2);
});
