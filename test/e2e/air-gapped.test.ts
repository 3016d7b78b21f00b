import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';

const main = fileURLToPath(new URL('../support/air-gapped-main.ts', import.meta.url));

/** A network of its own, with loopback alone; there is nothing like it but on Linux. */
function inOwnNetwork(...argv: readonly string[]) {
  const upAndRun = 'ip link set lo up && exec "$@"';
  return runProgram('unshare', ['--map-root-user', '--net', '--', 'sh', '-c', upAndRun, 'sh', ...argv]);
}
const isPossible =
  existsSync('/proc/self/ns/net') && (await inOwnNetwork('true').catch(() => ({ code: 1 }))).code === 0;
if (!isPossible) console.warn('NOT CHECKED: a runtime without a network (no network of its own can be had here)');

test.runIf(isPossible)(
  'with Ollama, an instance is planned and run where nothing but loopback can be reached',
  async () => {
    const { code, stdout, stderr } = await inOwnNetwork(process.execPath, main);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual({
      outside: 'ENETUNREACH',
      interfaces: ['lo'],
      asked: 1,
    });
  },
);
