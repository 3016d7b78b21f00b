import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describeThrown, HomeostatError } from '../../domain/failure.ts';
import type { AnyTool } from '../tool.ts';
import { fromOutcome, fromThrown, toOutcome, type FromTool, type Outcome, type ToTool } from './messages.ts';

/**
 * The process of one call of an isolated tool. Run: `main.ts <pid of the runtime> <name of the tool>`. The tool has the
 * main thread, as it would have anywhere. It may never give it back, so it is another thread that sees the runtime die,
 * and ends the process: what spins must not outlive who would kill it.
 */
const [, , runtimePid, toolName = ''] = process.argv;
const watchFile = new URL(`./watch-runtime${extname(import.meta.url)}`, import.meta.url);
new Worker(watchFile, { workerData: Number(runtimePid) }).unref();

const ending = new AbortController();
const waiting = new Map<number, (outcome: Outcome) => void>();
const tell = (message: FromTool) => process.send!(message);

process.on('message', (message: ToTool) => {
  switch (message.type) {
    case 'call':
      return void answer(message);
    case 'secret':
      return waiting.get(message.id)?.(message.outcome);
    case 'abort':
      return ending.abort(fromThrown(message.reason));
  }
});

async function answer({ module, context, parameters }: ToTool & { type: 'call' }): Promise<void> {
  const outcome = await toOutcome(async () => {
    const execute = await loadExecute(module);
    // Told to end while it was loading: an event that has been is not heard of any more.
    ending.signal.throwIfAborted();
    return execute(
      {
        ...context,
        signal: ending.signal,
        log: {
          info: (fields, message) => log('info', fields, message),
          warn: (fields, message) => log('warn', fields, message),
        },
        heartbeat: () => void tell({ type: 'heartbeat' }),
        secret: askSecret,
      },
      parameters,
    );
  });
  tell({ type: 'answer', outcome });
}

/** Throws `EFFECT_REFUSED`: nothing can have happened yet. */
async function loadExecute(module: string): Promise<AnyTool['execute']> {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new HomeostatError('EFFECT_REFUSED', { path: toolName, problem: `${module} ${problem}`, cause });
  };
  const { execute } = await import(module).catch((error: unknown) =>
    refuse(`cannot be loaded: ${describeThrown(error)}`, error),
  );
  return typeof execute === 'function' ? execute : refuse('exports no function execute');
}

function log(level: 'info' | 'warn', fields: object, message: string): void {
  try {
    tell({ type: 'log', level, fields, message });
  } catch {
    // Fields that are no data, such as functions, fail no tool elsewhere either.
    tell({ type: 'log', level, fields: {}, message });
  }
}

async function askSecret(name: string): Promise<string> {
  const id = waiting.size;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  waiting.set(id, resolve);
  tell({ type: 'secret', id, name });
  return fromOutcome(await promise) as string;
}
