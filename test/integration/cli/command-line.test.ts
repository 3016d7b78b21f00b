import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'homeostat-line-'));
});
afterAll(() => rm(dataDir, { recursive: true }));

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real program in a folder where nothing was started and nothing is configured. */
function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const env = { PATH: process.env.PATH ?? '', HOMEOSTAT_DATA_DIR: dataDir, ...variables };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: dataDir, env }, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr: stderr.replaceAll(dataDir, '<data>') }),
    );
    child.stdin!.end();
  });
}

const notRunning =
  'NOT_RUNNING <data>: no runtime here — start one with: homeostat up (or say where one is with --data-dir or --config, or where Temporal and etcd are with temporal.address and etcd.endpoints)\n';

describe('the command line, with nothing running', () => {
  test.each([
    { args: ['get'], exitCode: 1, stderr: notRunning },
    { args: ['approve', 'Instance/web', '--yes'], exitCode: 1, stderr: notRunning },
    {
      args: ['aply'],
      exitCode: 2,
      stderr: "USAGE command line: unknown command 'aply' — did you mean apply? see: homeostat --help\n",
    },
    {
      args: ['get', '--al'],
      exitCode: 2,
      stderr: "USAGE command line: unknown option '--al' — see: homeostat get --help\n",
    },
    {
      args: ['describe'],
      exitCode: 2,
      stderr: "USAGE command line: missing required argument 'resource' — see: homeostat describe --help\n",
    },
    {
      args: ['approve', 'Instance/web'],
      exitCode: 2,
      stderr:
        'USAGE command line: nobody can be asked here: say which plan with --seal, or --yes for whatever waits now — see: homeostat approve --help\n',
    },
    {
      args: ['apply', '-f', 'nix.yaml'],
      exitCode: 1,
      stderr: 'NOT_FOUND nix.yaml: no such file — name a file, a folder, or - for standard input\n',
    },
    {
      args: ['apply', '-f', '-', '--wait', 'soon'],
      exitCode: 1,
      stderr:
        'INVALID_DURATION --wait: not a duration (got soon) — write a number and one of ms, s, m, h, d, such as 30s\n',
    },
  ])('$args ends with $exitCode and says what to do', async ({ args, exitCode, stderr }) => {
    expect(await run(args)).toEqual({ exitCode, stdout: '', stderr });
  });

  test('down stops and removes nothing in a folder that is none of ours', async () => {
    const folder = await mkdtemp(join(dataDir, 'other-'));
    await writeFile(join(folder, 'thesis.odt'), 'x');
    expect(await run(['down', '--purge', '--data-dir', folder])).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^INVALID_VALUE dataDir: holds other things, and none that a runtime keeps/,
      ) as string,
    });
    expect(await readdir(folder)).toEqual(['thesis.odt']);
  });

  test('down removes what is ours, and leaves what else is in the folder', async () => {
    const folder = await mkdtemp(join(dataDir, 'shared-'));
    await mkdir(join(folder, 'servers'));
    for (const name of ['runtime.log', 'runtime.log.1']) await writeFile(join(folder, name), 'x');
    await writeFile(join(folder, 'homeostat.yaml'), '{}');
    expect(await run(['down', '--purge', '--data-dir', folder])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("but for what is not Homeostat's: homeostat.yaml") as string,
    });
    expect(await readdir(folder)).toEqual(['homeostat.yaml']);
  });

  test('down passes over what is no tenant among the instances, such as lost+found', async () => {
    const folder = await mkdtemp(join(dataDir, 'own-'));
    await mkdir(join(folder, 'instances', 'lost+found'), { recursive: true });
    await writeFile(join(folder, 'instances', '.DS_Store'), '');
    expect(await run(['down', '--purge', '--data-dir', folder])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readdir(dataDir)).not.toContain(basename(folder));
  });

  test('down tells of each instance that it cannot end, and removes nothing', async () => {
    const folder = await mkdtemp(join(dataDir, 'own-'));
    for (const name of ['a', 'b']) {
      const states = join(folder, 'instances', 'default', 'Instance', name, 'states');
      await mkdir(states, { recursive: true });
      await writeFile(join(states, '000001.json'), 'no JSON');
    }
    const { exitCode, stderr } = await run(['down', '--purge', '--data-dir', folder]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^NOT_CONVERGED .* default Instance\/a: .*; default Instance\/b: .* — end by hand/);
    expect(await readdir(folder)).toContain('instances');
  });

  test.each(['up', 'down', 'runtime'])('%s with a file as its data folder says so', async (command) => {
    const { exitCode, stderr } = await run([command], {
      HOMEOSTAT_DATA_DIR: main,
      HOMEOSTAT_TEMPORAL_ADDRESS: '127.0.0.1:9',
      HOMEOSTAT_ETCD_ENDPOINTS: '127.0.0.1:9',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^INVALID_CONFIG dataDir: is to be a folder, and something else is in its place \(got /m);
  });

  test('errors are JSON where JSON was asked for, and stdout stays empty', async () => {
    const { exitCode, stdout, stderr } = await run(['get', '--output', 'json']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ errors: [{ code: 'NOT_RUNNING' }] });
  });

  test('the version needs nothing', async () => {
    const { exitCode, stdout } = await run(['version', '-o', 'json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ homeostat: expect.stringMatching(/^\d+\.\d+\.\d+/) as string });
  });

  test('without arguments it explains itself and ends with 2', async () => {
    const { exitCode, stdout, stderr } = await run([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('homeostat up');
  });

  test('a store that does not answer is told with its address, within three seconds', async () => {
    const startedAt = performance.now();
    const { exitCode, stderr } = await run(['get'], {
      HOMEOSTAT_ETCD_ENDPOINTS: '127.0.0.1:9',
      HOMEOSTAT_TEMPORAL_ADDRESS: '127.0.0.1:9',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^STORE_UNAVAILABLE etcd: 127\.0\.0\.1:9 does not answer: .* — is it running\? look with: homeostat doctor\n$/,
    );
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
