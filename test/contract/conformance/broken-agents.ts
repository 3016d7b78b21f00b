import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { absent, cannotHappen, defineTool, happened, present, unknown, unreachable, z } from '../../../src/index.ts';
import type { ConformanceCheck, ConformanceOptions } from '../../../src/testing.ts';
import type { NoteAgentChange } from './note-agent.ts';
import type { NoteBoard } from './note-board.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a test replaces any part of a definition
type Any = any;

export interface BrokenAgent {
  readonly check: ConformanceCheck;
  /** What is wrong with it. */
  readonly reason: string;
  change?(board: NoteBoard): NoteAgentChange;
  readonly options?: ConformanceOptions;
  /** Part of what the author is told. */
  readonly says: string;
}

const read = {
  description: 'Looks',
  riskLevel: 'safe',
  parameters: z.strictObject({}),
  result: z.strictObject({}),
  execute: async () => ({}),
} as const;
const noteOptions = (...Note: object[]): ConformanceOptions => ({ samples: { Note } });

/** One agent, at least, for each check: it breaks just that part of the contract. */
export const brokenAgents: readonly BrokenAgent[] = [
  {
    check: 'agent-registers',
    reason: 'two tools of one name',
    change: () => ({ moreTools: [defineTool({ name: 'put_note', ...read })] }),
    says: 'put_note is registered twice',
  },
  {
    check: 'refusals-coded',
    reason: 'it plans for anything, even for nothing',
    change: () => ({ overrides: { plan: async () => ({ steps: [], riskLevel: 'safe', reasoning: '' }) } }),
    says: 'asked about nothing',
  },
  {
    check: 'kind-schemas',
    reason: 'a spec that drops what it does not know',
    change: () => ({ kind: { spec: z.object({ text: z.string(), board: z.string().default('main') }) } }),
    says: 'z.strictObject',
  },
  {
    check: 'kind-schemas',
    reason: 'a field that cannot change, and is not there',
    change: () => ({ kind: { immutable: ['colour'] } }),
    says: 'colour',
  },
  {
    check: 'samples-fit',
    reason: 'one sample, so no update',
    options: noteOptions({ text: 'a' }),
    says: 'two samples',
  },
  {
    check: 'samples-fit',
    reason: 'a sample that no door would let in',
    options: noteOptions({ text: 'a' }, { texts: 'b' }),
    says: 'did you mean text',
  },
  {
    check: 'samples-fit',
    reason: 'an update of what cannot change',
    options: noteOptions({ text: 'a' }, { text: 'a', board: 'other' }),
    says: 'IMMUTABLE spec.board',
  },
  {
    check: 'samples-fit',
    reason: 'an update that asks for the same',
    options: noteOptions({ text: 'a' }, { text: 'a' }),
    says: 'wants the same',
  },
  {
    check: 'samples-fit',
    reason: 'a spec that is another one when it is read again',
    change: () => ({
      kind: { spec: z.strictObject({ text: z.string().transform((text) => `${text}!`) }), immutable: [] },
    }),
    says: 'gives something else',
  },
  {
    check: 'wanted-pure',
    reason: 'wanted throws dice',
    change: () => ({ kind: { wanted: () => ({ text: `${Math.random()}` }) } }),
    says: 'the second time',
  },
  {
    check: 'wanted-pure',
    reason: 'wanted asks for what no status has',
    change: () => ({ kind: { wanted: ({ text }: Any) => ({ txt: text }) } }),
    says: 'txt',
  },
  {
    check: 'tool-schemas',
    reason: 'parameters that drop what they do not know',
    change: () => ({ putNote: { parameters: z.object({ text: z.string() }) } }),
    says: 'tool put_note.parameters',
  },
  {
    check: 'tool-schemas',
    reason: 'a result that may be anything',
    change: () => ({ putNote: { result: z.any() } }),
    says: 'tool put_note.result',
  },
  {
    check: 'tool-risk',
    reason: 'it reads, and is dangerous',
    change: () => ({ moreTools: [defineTool({ name: 'get_note', ...read, riskLevel: 'dangerous' })] }),
    says: 'only reads',
  },
  {
    check: 'effect-provable',
    reason: 'nobody can ask what became of it',
    change: () => ({ putNote: { probe: undefined } }),
    says: 'a person would be asked',
  },
  {
    check: 'observe-repeats',
    reason: 'a status with a clock in it',
    change: (board) => ({
      kind: { observe: async (_: Any, { externalName }: Any) => observeWith(board, externalName, ticks()) },
    }),
    says: 'looks',
  },
  {
    check: 'observe-repeats',
    reason: 'a look that leaves something behind',
    change: (board) => ({
      kind: {
        observe: async (_: Any, { externalName }: Any) => {
          board.drop('nothing');
          return observeWith(board, externalName, 0);
        },
      },
    }),
    says: 'snapshot',
  },
  {
    check: 'restart-remembers',
    reason: 'it knows its notes by heart',
    change: (board) => {
      const known = new Set<string>();
      return {
        kind: {
          observe: async (_: Any, { externalName }: Any) =>
            known.has(externalName) ? observeWith(board, externalName, 0) : absent(),
        },
        putNote: {
          execute: async (context: Any, { text }: Any) => {
            context.signal.throwIfAborted();
            known.add(context.externalName);
            board.once(context, () => board.put(context.externalName, text));
            return {};
          },
        },
      };
    },
    says: 'after a restart it was present, and is absent',
  },
  {
    check: 'observe-cancelled',
    reason: 'it takes a look that was ended for an empty board',
    change: (board) => ({
      kind: {
        observe: async ({ signal }: Any, { externalName }: Any) =>
          signal.aborted ? absent() : observeWith(board, externalName, 0),
      },
    }),
    says: 'says absent of what is there',
  },
  {
    check: 'status-normal',
    reason: 'a normal form that is not normal',
    change: () => ({ kind: { normalise: (status: Any) => ({ ...status, looks: status.looks + 1 }) } }),
    says: 'normalising a normalised status',
  },
  {
    check: 'planning-changes-nothing',
    reason: 'a rule that acts by itself',
    change: (board) => ({
      rules: {
        create: () => {
          board.put('conformance.note.sample', 'too early');
          return [];
        },
      },
    }),
    says: 'making a plan changed something',
  },
  {
    check: 'create-converges',
    reason: 'a tool that only says that it did it',
    change: () => ({ putNote: { execute: async () => ({}) } }),
    says: 'NOT_CONVERGED',
  },
  {
    check: 'create-converges',
    reason: 'a result that is not as it was declared',
    change: () => ({ putNote: { execute: async () => ({ id: 7 }), probe: async () => cannotHappen() } }),
    says: 'UNKNOWN_FIELD put_note.result.id',
  },
  {
    check: 'update-converges',
    reason: 'no rule for an update',
    change: () => ({ rules: { update: undefined } }),
    says: 'NO_RULE',
  },
  {
    check: 'delete-converges',
    reason: 'the note is still there',
    change: () => ({ dropNote: { execute: async () => ({}) } }),
    says: 'still to delete',
  },
  {
    check: 'nothing-to-do',
    reason: 'it always has a plan',
    change: () => {
      const steps = [{ id: 's1', toolName: 'drop_note', parameters: {}, description: '', riskLevel: 'dangerous' }];
      return { overrides: { plan: async () => ({ steps, riskLevel: 'dangerous', reasoning: '' }) } };
    },
    says: 'nothing differs, and the plan has steps',
  },
  {
    check: 'delete-asks',
    reason: 'it removes without a question',
    change: () => ({ dropNote: { riskLevel: 'moderate' } }),
    says: 'options.notDangerous.drop_note',
  },
  {
    check: 'own-name',
    reason: 'it has one place for all',
    change: (board) => ({ ...named(board, () => 'note'), kind: { ...named(board, () => 'note').kind, immutable: [] } }),
    says: 'under any name',
  },
  {
    check: 'own-name',
    reason: 'it forgets the tenant',
    change: (board) => named(board, ({ name }) => name),
    says: 'another tenant',
  },
  {
    check: 'own-name',
    reason: 'it has one place a tenant',
    change: (board) => named(board, ({ tenant }) => tenant),
    says: 'any name of the tenant',
  },
  {
    check: 'unreachable-not-absent',
    reason: 'what it cannot see is not there',
    change: (board) => ({
      kind: {
        observe: async (_: Any, { externalName }: Any) =>
          existsSync(board.folder) ? observeWith(board, externalName, 0) : absent(),
      },
    }),
    says: 'the target is cut off, and the answer is absent',
  },
  {
    check: 'cancelled-tool-ends',
    reason: 'it never looks at its signal',
    change: (board) => ({
      putNote: {
        execute: async (context: Any, { text }: Any) => {
          board.once(context, () => board.put(context.externalName, text));
          return {};
        },
      },
    }),
    says: 'went on although its signal was aborted',
  },
  {
    check: 'cancelled-tool-ends',
    reason: 'it looks at its signal when all is done',
    change: (board) => ({
      putNote: {
        execute: async (context: Any, { text }: Any) => {
          board.once(context, () => board.put(context.externalName, text));
          context.signal.throwIfAborted();
          return {};
        },
      },
    }),
    says: 'went on although its signal was aborted',
  },
  {
    check: 'cancelled-tool-ends',
    reason: 'it does not end',
    change: (board) => ({
      putNote: {
        execute: async (context: Any, { text }: Any) => {
          if (context.signal.aborted) await sleep(4_000, undefined, { ref: false });
          board.once(context, () => board.put(context.externalName, text));
          return {};
        },
      },
    }),
    says: 'after its signal was aborted',
  },
  {
    check: 'killed-before-effect',
    reason: 'its probe says yes to everything',
    change: () => ({ putNote: { probe: async () => happened({}) } }),
    says: 'claims an effect that never happened',
  },
  {
    check: 'killed-before-effect',
    reason: 'it says yes to everything, and that twice is the same as once',
    change: () => ({ putNote: { probe: async () => happened({}), conditional: true } }),
    says: 'claims an effect that never happened',
  },
  {
    check: 'killed-after-effect',
    reason: 'its probe never knows, and it may not be done again',
    change: () => ({ putNote: { probe: async () => unknown() } }),
    says: 'OUTCOME_UNKNOWN',
  },
  {
    check: 'killed-after-effect',
    reason: 'its probe says no to everything',
    change: (board) => ({
      putNote: {
        probe: async () => cannotHappen(),
        execute: async (context: Any, { text }: Any) => {
          context.signal.throwIfAborted();
          board.put(context.externalName, text);
          return {};
        },
      },
    }),
    says: 'it was done twice',
  },
  {
    check: 'killed-after-effect',
    reason: 'twice is said to be the same as once, and is not',
    change: (board) => ({
      putNote: {
        conditional: true,
        probe: undefined,
        execute: async (context: Any, { text }: Any) => {
          context.signal.throwIfAborted();
          board.put(context.externalName, `${board.read(context.externalName) === text ? text : ''}${text}`);
          return {};
        },
      },
    }),
    says: 'NOT_CONVERGED',
  },
  {
    check: 'late-attempt',
    reason: 'nothing holds back the first attempt',
    change: (board) => ({
      putNote: {
        execute: async (context: Any, { text }: Any) => {
          context.signal.throwIfAborted();
          board.once({ ...context, idempotencyKey: `${context.idempotencyKey}-${context.attempt}` }, () => undefined);
          board.put(context.externalName, text);
          board.once(context, () => undefined);
          return {};
        },
      },
    }),
    says: 'a late attempt acted once more',
  },
  {
    check: 'secrets-kept',
    reason: 'it logs what it should keep to itself',
    change: (board) => ({
      putNote: {
        execute: async (context: Any, { text }: Any) => {
          context.signal.throwIfAborted();
          context.log.info({ token: await context.secret('board-token') }, 'putting');
          board.once(context, () => board.put(context.externalName, text));
          return {};
        },
      },
    }),
    options: { secrets: { 'board-token': 'hunter2-hunter2' } },
    says: 'secret board-token',
  },
];

function observeWith(board: NoteBoard, name: string, looks: number) {
  if (!existsSync(board.folder)) return unreachable('the board is gone');
  const text = board.read(name);
  return text === undefined ? absent() : present({ text, looks });
}

let ticked = 0;
function ticks(): number {
  ticked += 1;
  return ticked;
}

/** An agent that names its notes in a way of its own. */
function named(board: NoteBoard, nameOf: (resource: { tenant: string; name: string }) => string): NoteAgentChange {
  return {
    kind: { observe: async (_: Any, { key }: Any) => observeWith(board, nameOf(key), 0) },
    putNote: {
      execute: async (context: Any, { text }: Any) => {
        context.signal.throwIfAborted();
        board.once(context, () => board.put(nameOf(context.resource), text));
        return {};
      },
    },
    dropNote: {
      execute: async (context: Any) => {
        context.signal.throwIfAborted();
        board.once(context, () => board.drop(nameOf(context.resource)));
        return {};
      },
    },
  };
}
