import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describeThrown } from '../../domain/failure.ts';
import { redactSecrets } from '../../domain/secret-patterns.ts';

/** More than a check has to say; one that says more is ended. */
const maximumOutput = 64 * 1_024;
const shownOutput = 200;

/**
 * Runs a check's program. Rejects with the end of what it said, secrets left out, when it does not exit with 0. No shell
 * reads the words. It leads a process group of its own: one that says too much, or is not done at the signal, is ended with
 * all it started.
 */
export async function runCheck(
  [program = '', ...args]: readonly string[],
  { signal, env }: { readonly signal: AbortSignal; readonly env: Record<string, string> },
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw (await once(child, 'error'))[0];

  const settled = new AbortController();
  const said: Buffer[] = [];
  const problem = await new Promise<string | undefined>((resolve) => {
    const end = (why: string): void => {
      endGroup(pid);
      resolve(why);
    };
    let bytes = 0;
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maximumOutput) end(`${program} says more than ${maximumOutput / 1_024} KiB`);
      else said.push(chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('close', (code, killedBy) =>
      resolve(code === 0 ? undefined : `${program} exited with ${code ?? killedBy}`),
    );
    signal.addEventListener('abort', () => end(describeThrown(signal.reason)), { signal: settled.signal });
  });
  // Later on the number may be another group's.
  settled.abort();
  // Whatever left the group may hold them open.
  child.stdout.destroy();
  child.stderr.destroy();
  if (problem === undefined) return;
  const text = redactSecrets(Buffer.concat(said).toString()).trim().slice(-shownOutput);
  throw new Error(text === '' ? problem : `${problem}: ${text}`);
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It ended by itself, or turned into another user's.
  }
}
