import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot, runProgram } from '../../support/run-program.ts';

/** A folder with a program `homeostat` in it, and files to complete; nothing runs and nothing is configured. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-tab-'));
  const program = join(folder, 'homeostat');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${join(projectRoot, 'src/cli/main.ts')}' "$@"\n`);
  await chmod(program, 0o755);
  await mkdir(join(folder, 'shop'));
  await writeFile(join(folder, 'shop.yaml'), '');
});
afterAll(() => rm(folder, { recursive: true }));

/** What bash would offer with the cursor at the end of each line, sorted. */
async function pressTab(...lines: readonly string[]): Promise<readonly (readonly string[])[]> {
  const script = `
    source <(homeostat completion bash)
    for COMP_LINE; do
      COMP_POINT=\${#COMP_LINE}
      _homeostat homeostat
      IFS=' '; echo "\${COMPREPLY[*]}"
    done`;
  const { stdout, stderr } = await runProgram('bash', ['-c', script, 'bash', ...lines], {
    folder,
    environment: { PATH: `${folder}:${process.env.PATH ?? ''}`, HOME: folder },
  });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) =>
      line
        .split(' ')
        .filter((word) => word !== '')
        .toSorted(),
    );
}

test('in bash the script completes commands, options, their values and files', async () => {
  expect(
    await pressTab(
      'homeostat app',
      'homeostat --tenant blue res',
      'homeostat apply --d',
      'homeostat get -o ',
      'homeostat wait Instance/web --for state=R',
      'homeostat apply -f sh',
      'homeostat help comp',
      'homeostat get Inst',
      'homeostat nonsense ',
    ),
  ).toEqual([
    ['apply', 'approvals', 'approve'],
    ['resolve', 'resume'],
    ['--data-dir', '--dry-run'],
    ['json', 'table', 'yaml'],
    ['Running'],
    ['shop', 'shop.yaml'],
    ['completion'],
    // Nobody can be asked for names, and that is no reason to complain at a Tab.
    [],
    [],
  ]);
});

test('bash finds no fault in the script, and a shell that is not known is refused', async () => {
  const { stdout } = await runProgram(process.execPath, ['src/cli/main.ts', 'completion', 'bash']);
  expect(await runProgram('bash', ['-n'], { input: stdout })).toEqual({ code: 0, stdout: '', stderr: '' });
  const { code, stderr } = await runProgram(process.execPath, ['src/cli/main.ts', 'completion', 'csh']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('bash, zsh, fish') as string });
});
