import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildEnvironment, checkCommand, resolveCommand } from '../../../src/drivers/process/environment.ts';

const instance = { tenant: 'default', kind: 'Instance', name: 'web' };

describe('the environment of an instance', () => {
  test('holds the basics, the first port, the spec and the marks, and nothing else of the runtime', () => {
    const own = { PATH: '/bin', HOME: '/h', LANG: 'C', AWS_SECRET: 'x', NODE_OPTIONS: '--inspect' };
    expect(buildEnvironment({ env: { MODE: 'a' }, ports: [8080, 9090] }, instance, 'key-1', own)).toEqual({
      PATH: `/bin:${dirname(process.execPath)}`,
      HOME: '/h',
      LANG: 'C',
      PORT: '8080',
      MODE: 'a',
      HOMEOSTAT_RESOURCE: 'default/Instance/web',
      HOMEOSTAT_KEY: 'key-1',
    });
  });

  test('a spec may set PORT and PATH but not the marks', () => {
    const env = { PORT: '1', PATH: '/x', HOMEOSTAT_KEY: 'forged', HOMEOSTAT_RESOURCE: 'forged' };
    const built = buildEnvironment({ env, ports: [8080] }, instance, 'key-1', {});
    expect(built).toMatchObject({ PORT: '1', HOMEOSTAT_KEY: 'key-1', HOMEOSTAT_RESOURCE: 'default/Instance/web' });
    expect(built['PATH']).toBe(`/x:${dirname(process.execPath)}`);
  });

  test.each([
    { command: [], env: {}, reason: 'no program' },
    { command: ['a\0b'], env: {}, reason: 'NUL ends a string in every system call' },
    { command: ['a'], env: { 'X=Y': '1' }, reason: 'would set another variable' },
  ])('what no system call takes is refused: $reason', ({ command, env }) => {
    expect(() => checkCommand({ command, env })).toThrow(expect.objectContaining({ code: 'EFFECT_REFUSED' }));
  });
});

describe('resolving a command', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'homeostat-command-'));
    await mkdir(join(root, 'bin'));
    await writeFile(join(root, 'bin/run'), '#!/bin/sh\n');
    await writeFile(join(root, 'bin/orphan'), '#!/no/such/interpreter\n');
    await writeFile(join(root, 'bin/plain'), 'text');
    await chmod(join(root, 'bin/run'), 0o755);
    await chmod(join(root, 'bin/orphan'), 0o755);
  });
  afterEach(() => rm(root, { recursive: true }));

  test('finds paths in the image, names on PATH and absolute paths', async () => {
    expect(await resolveCommand('bin/run', root, '')).toBe(join(root, 'bin/run'));
    expect(await resolveCommand('./bin/run', root, '')).toBe(join(root, 'bin/run'));
    expect(await resolveCommand('run', root, `/none:${root}/bin`)).toBe(join(root, 'bin/run'));
    expect(await resolveCommand(process.execPath, root, '')).toBe(process.execPath);
  });

  test.each(['bin/plain', 'bin/orphan', 'bin', 'no-such-program', '/no/such/program'])(
    '%s is COMMAND_NOT_FOUND',
    async (name) => {
      await expect(resolveCommand(name, root, '/bin:/usr/bin')).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' });
    },
  );

  test('where it looked is told, but for a PATH that is a secret', async () => {
    await expect(resolveCommand('none', root, '/s3cret')).rejects.toThrow('/s3cret');
    await expect(resolveCommand('none', root, '/s3cret', true)).rejects.toThrow(/^(?!.*s3cret).*secret/);
  });
});
