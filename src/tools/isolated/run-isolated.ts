import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { describeThrown, HomeostatError } from '../../domain/failure.ts';
import type { ToolContext } from '../tool.ts';
import { fromOutcome, toOutcome, toThrown, type FromTool, type Outcome, type ToTool } from './messages.ts';

/** The process's main module lies beside this file, as TypeScript in the source and as JavaScript in the package. */
const mainFile = new URL(`./main${extname(import.meta.url)}`, import.meta.url);

/** What the process gets to see of the runtime's environment: nothing that could hold a secret. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];

/** How long a tool that was told to end has for it. One that spins does not hear it. */
const graceMs = 1_000;

/**
 * Calls `execute` of a module in a process of its own, which ends with the call: whatever it does, the runtime's event loop
 * goes on. Throws what it throws, the signal's reason when it had to be killed, `TOOL_FAILED` when it ends without an
 * answer, and `EFFECT_REFUSED` when it could not begin.
 */
export async function runIsolated(
  toolName: string,
  module: URL,
  context: ToolContext,
  parameters: unknown,
): Promise<unknown> {
  const { signal, idempotencyKey, attempt, externalName, resource } = context;
  signal.throwIfAborted();
  const child = await startProcess(toolName);
  const { promise: answer, resolve, reject } = Promise.withResolvers<Outcome>();
  // What does not reach it any more is of no use to it.
  const tell = (message: ToTool) => child.send(message, () => {});
  const take = (message: FromTool): void => {
    switch (message.type) {
      case 'log':
        return context.log[message.level](message.fields, message.message);
      case 'heartbeat':
        return context.heartbeat();
      case 'secret': {
        const { id, name } = message;
        return void toOutcome(() => context.secret(name)).then((outcome) => tell({ type: 'secret', id, outcome }));
      }
      case 'answer':
        return resolve(message.outcome);
    }
  };
  child.on('message', (message: FromTool) => {
    try {
      take(message);
    } catch (error) {
      // The tool's code has the channel too: what it says there by itself is its own fault, and not the runtime's end.
      reject(error);
    }
  });
  child.on('error', reject);
  // Its programs end with it, also where it ends by itself: the group's id is taken for as long as there is one.
  child.once('exit', () => killGroup(child));
  // Comes after all that it has said.
  child.once('close', (code, killer) => reject(signal.aborted ? signal.reason : noAnswer(toolName, code, killer)));
  let grace: NodeJS.Timeout | undefined;
  const giveUp = () => {
    tell({ type: 'abort', reason: toThrown(signal.reason) });
    grace = setTimeout(() => kill(child), graceMs);
  };
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) kill(child);
  else {
    const data = { idempotencyKey, attempt, externalName, resource };
    tell({ type: 'call', module: module.href, context: data, parameters });
  }
  try {
    return fromOutcome(await answer);
  } finally {
    signal.removeEventListener('abort', giveUp);
    clearTimeout(grace);
    kill(child);
  }
}

async function startProcess(toolName: string): Promise<ChildProcess> {
  try {
    // No options of the runtime's own Node: such as --env-file, they may hold secrets. The tool's name is for people.
    const child = fork(mainFile, [String(process.pid), toolName], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: Object.fromEntries(inherited.map((name) => [name, process.env[name]])),
      // A group of its own: Ctrl-C at a terminal is for the runtime, and what the tool starts ends with it.
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'spawn');
    return child;
  } catch (error) {
    const problem = `no process can be started for it: ${describeThrown(error)}`;
    throw new HomeostatError('EFFECT_REFUSED', { path: toolName, problem, cause: error });
  }
}

function kill(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) killGroup(child);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

function noAnswer(toolName: string, code: number | null, killer: NodeJS.Signals | null): HomeostatError {
  return new HomeostatError('TOOL_FAILED', {
    path: toolName,
    problem: `its process ended without an answer, ${killer === null ? `with exit code ${code}` : `by ${killer}`}`,
    remedy: 'look at what it printed to standard error',
  });
}
