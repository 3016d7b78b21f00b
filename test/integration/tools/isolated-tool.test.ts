import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { withTimeout } from '../../../src/activities/with-timeout.ts';
import { absent, defineAgent, defineKind, defineTool, HomeostatError, present, z } from '../../../src/index.ts';
import type { ToolContext } from '../../../src/index.ts';
import { conformance } from '../../../src/testing.ts';
import { isAlive } from '../../support/is-alive.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createContext, isolatedTool } from './isolated-bench.ts';
import type { Work } from './isolated-work.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'homeostat-isolated-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const call = (work: Work, { text = '', ...context }: Partial<ToolContext> & { text?: string } = {}) =>
  isolatedTool.execute(createContext(context), { work, text });

/** A log that tells when the tool has begun, and in which process. */
function listenForPid() {
  const { promise: pid, resolve } = Promise.withResolvers<number>();
  const log: ToolContext['log'] = { info: (fields) => resolve((fields as { pid: number }).pid), warn: () => undefined };
  return { log, pid };
}

describe('an isolated tool runs in a process of its own', () => {
  test('which gets the context and the parameters, and nothing of the environment that could be a secret', async () => {
    vi.stubEnv('HOMEOSTAT_SECRET_BOARD', 'hush');
    vi.stubEnv('NODE_OPTIONS', '--no-deprecation');
    const told = (await call('tell', { text: 'hello' })) as { pid: number; environment: string[] };
    vi.unstubAllEnvs();
    const { idempotencyKey, attempt, externalName, resource } = createContext();
    expect(told).toMatchObject({
      context: { idempotencyKey, attempt, externalName, resource },
      text: 'hello',
      query: '?of=tests',
    });
    expect(told.pid).not.toBe(process.pid);
    const known = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];
    expect(told.environment.filter((name) => !known.includes(name))).toEqual([]);
    expect(told.environment).toContain('PATH');
    await waitFor('its process to be gone', async () => !(await isAlive(told.pid)));
  });

  test('its log lines, heartbeats and questions for secrets come to the runtime, in order', async () => {
    const said: unknown[] = [];
    const note = (fields: object, message: string) => void said.push({ ...fields, message });
    const answer = await call('talk', {
      text: 'board-token',
      log: { info: note, warn: note },
      heartbeat: () => void said.push('heartbeat'),
      secret: async (name) => `value of ${name}`,
    });
    expect(answer).toEqual({ first: 'value of board-token', second: 'value of other' });
    expect(said).toEqual([
      { part: 1, message: 'begun' },
      'heartbeat',
      { part: 2, message: 'ended' },
      { message: 'no data' },
    ]);
  });

  test('a result of 3 MiB comes whole, and one whose process ends right after it too', async () => {
    const { text } = (await call('repeat', { text: 'x' })) as { text: string };
    expect(text).toHaveLength(3 * 1024 * 1024);
    expect(await call('return-and-exit')).toEqual({ text: 'done' });
  });

  test('it keeps the contract of tools', async () => {
    const fileOf = (externalName: string) => join(folder, externalName);
    const writeNote = defineTool({
      name: 'write_note',
      description: 'Writes a note',
      riskLevel: 'moderate',
      effect: 'write',
      parameters: z.strictObject({ folder: z.string(), text: z.string() }),
      result: z.strictObject({}),
      conditional: true,
      isolated: new URL('./isolated-note.ts', import.meta.url),
    });
    const removeNote = defineTool({
      name: 'remove_note',
      description: 'Removes a note',
      riskLevel: 'dangerous',
      effect: 'write',
      parameters: z.strictObject({}),
      result: z.strictObject({}),
      conditional: true,
      execute: async ({ signal, externalName }) => {
        signal.throwIfAborted();
        await rm(fileOf(externalName), { force: true });
        return {};
      },
    });
    const Note = defineKind({
      kind: 'Note',
      spec: z.strictObject({ text: z.string() }).meta({ examples: [{ text: 'one' }, { text: 'two' }] }),
      status: z.strictObject({ text: z.string() }),
      observe: (_, { externalName }) =>
        readFile(fileOf(externalName), 'utf8').then(
          (text) => present({ text }),
          () => absent(),
        ),
      wanted: ({ text }) => ({ text }),
    });
    const write = (text: string) => [writeNote.step({ folder, text })];
    const agent = defineAgent({
      name: 'notes',
      purpose: 'Keeps a note',
      kinds: [Note],
      tools: [writeNote, removeNote],
      rules: {
        Note: {
          create: ({ desired }) => write(desired.spec.text),
          update: ({ desired }) => write(desired.spec.text),
          delete: () => [removeNote.step({})],
        },
      },
    });
    const { checks } = await conformance(agent);
    const reached = checks.filter(({ subject, outcome }) => subject === 'tool write_note' && outcome === 'passed');
    expect(reached.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['cancelled-tool-ends', 'killed-before-effect', 'killed-after-effect', 'late-attempt']),
    );
  });
});

describe('what goes wrong in an isolated tool comes out in the runtime', () => {
  test('a coded error with its code, path, problem and remedy', async () => {
    const error = await call('refuse').catch((error: unknown) => error);
    expect(error).toBeInstanceOf(HomeostatError);
    expect(error).toMatchObject({
      code: 'PORT_TAKEN',
      path: 'spec.port',
      problem: 'is taken',
      remedy: 'free it',
      message: 'PORT_TAKEN spec.port: is taken (got 70000) — free it',
    });
  });

  test('the coded error of a secret that nobody gave', async () => {
    const missing = new HomeostatError('NOT_FOUND', { path: 'secret unknown', problem: 'is not there' });
    const secret = () => Promise.reject(missing);
    await expect(call('ask-in-vain', { secret })).rejects.toMatchObject({ code: 'NOT_FOUND', path: 'secret unknown' });
  });

  test.each([
    { work: 'fail', says: 'the target is on fire', reason: 'an error without a code' },
    { work: 'return-function', says: 'could not be cloned', reason: 'a result that is no data' },
    {
      work: 'exit',
      says: 'TOOL_FAILED work_apart: its process ended without an answer, with exit code 7',
      reason: 'exit',
    },
    { work: 'crash', says: 'ended without an answer, by SIGSEGV', reason: 'a crash' },
    { work: 'babble', says: 'is not a function', reason: 'a message of its own to the runtime' },
    { work: 'throw-aside', says: 'ended without an answer, with exit code 1', reason: 'an error nobody caught' },
  ] as const)('$reason: $says', async ({ work, says }) => {
    await expect(call(work)).rejects.toThrow(says);
  });

  test.each([
    { module: '../../support/is-alive.ts', says: 'exports no function execute' },
    { module: '../../../package.json', says: 'cannot be loaded' },
  ])('a module that is no tool refuses before anything happened: $says', async ({ module, says }) => {
    const { name, description, riskLevel, parameters, result } = isolatedTool;
    const isolated = new URL(module, import.meta.url);
    const tool = defineTool({ name, description, riskLevel, parameters, result, isolated });
    const error = await tool.execute(createContext(), { work: 'tell', text: '' }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'EFFECT_REFUSED', problem: expect.stringContaining(says) });
  });
});

describe('nothing of an isolated tool is left', () => {
  test('one that spins is killed when its time is up, and the event loop goes on meanwhile', async () => {
    const { log, pid } = listenForPid();
    let latest = performance.now();
    let longest = 0;
    const ticking = setInterval(() => {
      longest = Math.max(longest, performance.now() - latest);
      latest = performance.now();
    }, 20);
    const { signal } = new AbortController();
    const spun = withTimeout('work_apart', 3_000, signal, (signal) => call('spin', { signal, log }));
    await expect(spun).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
    clearInterval(ticking);
    expect(longest).toBeLessThan(1_000);
    const spinning = await pid;
    await waitFor('the spinning process to be gone', async () => !(await isAlive(spinning)), 5_000);
  });

  test('one that spins is killed when it is cancelled, and says why it ended', async () => {
    const { log, pid } = listenForPid();
    const cancelling = new AbortController();
    const spun = call('spin', { signal: cancelling.signal, log }).catch((error: unknown) => error);
    const spinning = await pid;
    cancelling.abort(new Error('cancelled'));
    expect(await spun).toMatchObject({ message: 'cancelled' });
    expect(await isAlive(spinning)).toBe(false);
  });

  test('one that listens to its signal ends by itself, with the reason it was given', async () => {
    const { log, pid } = listenForPid();
    const cancelling = new AbortController();
    const listening = call('listen', { signal: cancelling.signal, log }).catch((error: unknown) => error);
    await pid;
    const reason = new HomeostatError('STEP_TIMED_OUT', { path: 'work_apart', problem: 'took too long' });
    cancelling.abort(reason);
    const error = await listening;
    expect(error).not.toBe(reason);
    expect(error).toMatchObject({ code: 'STEP_TIMED_OUT', problem: 'took too long' });
  });

  test('one that is cancelled beforehand is not begun', async () => {
    const { log, pid } = listenForPid();
    await expect(call('spin', { signal: AbortSignal.abort(new Error('too late')), log })).rejects.toThrow('too late');
    expect(await Promise.race([pid, sleep(500, 'nothing')])).toBe('nothing');
  });

  test('one that is told to end while it is being loaded is not begun', async () => {
    const { name, description, riskLevel, parameters, result } = isolatedTool;
    const isolated = new URL('./isolated-work.ts?slow', import.meta.url);
    const slow = defineTool({ name, description, riskLevel, parameters, result, isolated });
    const file = join(folder, 'begun');
    const signal = AbortSignal.timeout(700);
    await expect(slow.execute(createContext({ signal }), { work: 'note', text: file })).rejects.toThrow('timeout');
    await sleep(700);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  test('a program it started ends with it, also where it ends by itself', async () => {
    const file = join(folder, 'program');
    await expect(call('exit-with-program', { text: file })).rejects.toThrow('with exit code 7');
    const [program] = JSON.parse(await readFile(file, 'utf8')) as readonly [number];
    await waitFor('the program to be gone', async () => !(await isAlive(program)), 5_000);
  });

  test('one that spins ends with the runtime that is killed, and so does a program it started', async () => {
    const file = join(folder, 'pids');
    const caller = spawn(process.execPath, [fileURLToPath(new URL('./isolated-caller.ts', import.meta.url)), file], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const readPids = async () => JSON.parse(await readFile(file, 'utf8')) as readonly number[];
    const pids = await waitFor('the tool to spin', readPids);
    const areAlive = () => Promise.all(pids.map(isAlive));
    expect(await areAlive()).toEqual([true, true]);
    caller.kill('SIGKILL');
    await waitFor('all to be gone', async () => !(await areAlive()).includes(true), 5_000);
  });
});
