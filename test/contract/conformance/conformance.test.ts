import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFileAgent } from '../../../examples/own-agent/file-agent.ts';
import {
  cannotHappen,
  defineTool,
  happened,
  HomeostatError,
  unknown,
  z,
  type ToolContext,
} from '../../../src/index.ts';
import { conformance, conformanceChecks, ConformanceError, type ConformanceOptions } from '../../../src/testing.ts';
import { brokenAttempts } from './broken-attempts.ts';
import { brokenDeclarations } from './broken-declarations.ts';
import { brokenLives } from './broken-lives.ts';
import { createNoteAgent, watchedNotes, type NoteAgentChange } from './note-agent.ts';
import { NoteBoard } from './note-board.ts';

// Some faults show only by waiting for what does not come.
vi.setConfig({ testTimeout: 30_000 });

/** One agent, at least, for each check. */
const brokenAgents = [...brokenDeclarations, ...brokenLives, ...brokenAttempts];

let folder: string;
let board: NoteBoard;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-conformance-'));
  board = new NoteBoard(join(folder, 'board'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Moves a folder out of the agent's sight. */
const cutOffOf = (place: string) => async () => {
  renameSync(place, `${place}-away`);
  return async () => renameSync(`${place}-away`, place);
};
const noteOptions = (): ConformanceOptions => ({
  samples: { Note: [{ text: 'one' }, { text: 'two' }, { text: 'three' }] },
  issues: { Note: ['note_faded'] },
  snapshot: () => board.journal(),
  cutOff: cutOffOf(board.folder),
  secrets: { 'board-token': 'hunter2-hunter2' },
});
const proveNotes = (change: () => NoteAgentChange = () => ({}), options: ConformanceOptions = {}) =>
  conformance(() => createNoteAgent(board, change()), { ...noteOptions(), ...options });
const failureOf = async (proof: Promise<unknown>): Promise<ConformanceError> => {
  const thrown: unknown = await proof.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof ConformanceError) return thrown;
  throw thrown ?? new Error('nothing failed');
};

describe('an agent that keeps the contract', () => {
  test('passes every check there is, and leaves nothing behind', async () => {
    const report = await proveNotes(() => watchedNotes(board));
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    const made = new Set(report.checks.map(({ check }) => check));
    // There is no tool that only reads.
    expect(Object.keys(conformanceChecks).filter((check) => !made.has(check as never))).toEqual(['tool-risk']);
    expect(board.read('conformance.note.sample')).toBeUndefined();
  });

  test('passes with a probe that knows what happened, and not what did not: then a person is asked', async () => {
    const report = await proveNotes(() => ({
      putNote: { probe: async (context: never) => (board.settle(context) ? happened({}) : unknown()) },
    }));
    expect(report.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(report.checks).toContainEqual(
      expect.objectContaining({ check: 'late-attempt', subject: 'tool put_note', outcome: 'not-reached' }),
    );
  });

  test('passes with a tool that may be skipped and says by itself that nothing came of it', async () => {
    const nothing = z.strictObject({});
    const announceNote = defineTool({
      name: 'announce_note',
      description: 'Tells people of a note',
      riskLevel: 'moderate',
      effect: 'write',
      onFailure: 'skip',
      parameters: nothing,
      result: nothing,
      execute: () => Promise.reject(new HomeostatError('EFFECT_REFUSED', { problem: 'nobody listens' })),
      probe: async () => cannotHappen(),
    });
    const make = ({ desired: { spec } }: { readonly desired: { readonly spec: { readonly text: string } } }) => [
      announceNote.step({}),
      { toolName: 'put_note', parameters: { text: spec.text }, description: 'put it up' },
    ];
    const report = await proveNotes(() => ({ moreTools: [announceNote], rules: { create: make, update: make } }));
    expect(report.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });

  test('may remove without asking when its author says why', async () => {
    const change = () => ({ dropNote: { riskLevel: 'moderate' } });
    const report = await proveNotes(change, { notDangerous: { drop_note: 'a note is written again in a moment' } });
    expect(report.checks.find(({ check }) => check === 'delete-asks')).toMatchObject({ outcome: 'passed' });
  });

  test('says what it was not asked to prove', async () => {
    const { samples } = noteOptions();
    const report = await conformance(createNoteAgent(board), samples === undefined ? {} : { samples });
    expect(report.checks.flatMap(({ outcome, reason }) => (outcome === 'not-reached' ? [reason] : []))).toEqual([
      'the agent was not given as a function that makes it',
      'options.cutOff was not given',
      'options.secrets was not given',
    ]);
  });
});

describe('an agent that breaks it', () => {
  test.each(brokenAgents)('$check: $reason', async ({ check, change, options, says }) => {
    const error = await failureOf(proveNotes(() => change?.(board) ?? {}, options));
    const failed = error.report.checks.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map((result) => result.check)).toContain(check);
    const messages = failed.filter((result) => result.check === check).flatMap(({ errors }) => errors.map(String));
    expect(messages.join('\n')).toContain(says);
  });

  test('and says a secret in the error of a log line is heard', async () => {
    const execute = async (context: ToolContext, { text }: { text: string }) => {
      context.signal.throwIfAborted();
      context.log.warn({ err: new Error(`401 for ${await context.secret('board-token')}`) }, 'putting anyway');
      board.once(context, () => board.put(context.externalName, text));
      return {};
    };
    const error = await failureOf(proveNotes(() => ({ putNote: { execute } })));
    expect(error.errors.map(({ message }) => message)).toEqual([expect.stringContaining('secret board-token')]);
  });

  test('is known for every check', () => {
    const broken = new Set(brokenAgents.map(({ check }) => check));
    expect(Object.keys(conformanceChecks).filter((check) => !broken.has(check as never))).toEqual([]);
  });

  test('is told of everything in one message, and what was made is taken away again', async () => {
    const error = await failureOf(
      proveNotes(() => ({ rules: { update: undefined }, dropNote: { riskLevel: 'moderate', probe: undefined } })),
    );
    expect(error.message).toContain('agent notes does not keep the contract, 2 of ');
    expect(error.message).toContain('  effect-provable (tool drop_note): INVALID_TOOL tool drop_note: after a crash');
    expect(error.message).toContain('  update-converges (kind Note): NO_RULE run: ');
    expect(error.errors.map(({ code }) => code)).toEqual(['INVALID_TOOL', 'NO_RULE']);
    expect(board.read('conformance.note.sample')).toBeUndefined();
  });

  test('where it is watched leaves no watch behind', async () => {
    const signals: AbortSignal[] = [];
    const watch = ({ signal }: { readonly signal: AbortSignal }) => {
      signals.push(signal);
      return board.watch(signal, () => undefined);
    };
    await failureOf(proveNotes(() => ({ kind: { watch }, rules: { update: undefined } })));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('and finds something at its place already is told to begin with an empty target', async () => {
    board.put('conformance.note.sample', 'left over');
    const error = await failureOf(proveNotes());
    expect(error.message).toContain('begin with an empty target');
    expect(board.read('conformance.note.sample')).toBe('left over');
  });
});

test('the example agent keeps the contract with the samples that its own schema shows', async () => {
  const report = await conformance(() => createFileAgent(folder), { cutOff: cutOffOf(folder) });
  expect(report.checks.filter(({ outcome }) => outcome !== 'passed').map(({ check }) => check)).toEqual([
    'secrets-kept',
  ]);
});
