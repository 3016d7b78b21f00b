import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HomeostatError } from '../../../src/domain/failure.ts';
import type { ToolContext } from '../../../src/tools/tool.ts';

/** What the isolated tool of the tests can be asked to do. */
export type Work = keyof typeof works;

export async function execute(context: ToolContext, { work, text }: { work: Work; text: string }): Promise<unknown> {
  return works[work](context, text);
}

/** For the calls that are told to end while the module is still being loaded. */
if (new URL(import.meta.url).searchParams.has('slow')) await sleep(1_000);

function startProgram(): number | undefined {
  return spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1_000)'], { stdio: 'ignore' }).pid;
}

const works = {
  tell: ({ idempotencyKey, attempt, externalName, resource }: ToolContext, text: string) => ({
    context: { idempotencyKey, attempt, externalName, resource },
    text,
    query: new URL(import.meta.url).search,
    pid: process.pid,
    environment: Object.keys(process.env),
  }),
  talk: async ({ log, heartbeat, secret }: ToolContext, text: string) => {
    log.info({ part: 1 }, 'begun');
    heartbeat();
    const [first, second] = await Promise.all([secret(text), secret('other')]);
    log.warn({ part: 2 }, 'ended');
    log.info({ run: () => undefined }, 'no data');
    return { first, second };
  },
  'ask-in-vain': ({ secret }: ToolContext) => secret('unknown'),
  repeat: (_: ToolContext, text: string) => ({ text: text.repeat(3 * 1024 * 1024) }),
  'return-function': () => ({ run: () => undefined }),
  refuse: () => {
    throw new HomeostatError('PORT_TAKEN', { path: 'spec.port', problem: 'is taken', got: 70_000, remedy: 'free it' });
  },
  fail: () => {
    throw new TypeError('the target is on fire');
  },
  exit: () => process.exit(7),
  crash: () => {
    process.kill(process.pid, 'SIGSEGV');
    return new Promise(() => {});
  },
  'throw-aside': () => {
    setTimeout(() => {
      throw new Error('nobody caught this');
    });
    return new Promise(() => {});
  },
  'return-and-exit': () => {
    process.on('exit', () => undefined);
    setTimeout(() => process.exit(3));
    return { text: 'done' };
  },
  listen: async ({ signal, log }: ToolContext) => {
    log.info({ pid: process.pid }, 'begun');
    await sleep(60_000, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
  spin: ({ log }: ToolContext) => {
    log.info({ pid: process.pid }, 'begun');
    for (;;);
  },
  /** Leaves its pid, and that of a program it started, in a file. */
  'spin-with-program': (_: ToolContext, text: string) => {
    writeFileSync(text, JSON.stringify([process.pid, startProgram()]));
    for (;;);
  },
  'exit-with-program': (_: ToolContext, text: string) => {
    writeFileSync(text, JSON.stringify([startProgram()]));
    process.exit(7);
  },
  babble: () => {
    process.send!({ type: 'log', fields: {}, message: 'of no level' });
    return new Promise(() => {});
  },
  note: (_: ToolContext, text: string) => {
    writeFileSync(text, 'begun');
    return {};
  },
};
