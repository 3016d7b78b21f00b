import { existsSync } from 'node:fs';
import { absent, cannotHappen, defineTool, happened, present, unreachable, z } from '../../../src/index.ts';
import type { BrokenAgent } from './broken-agent.ts';
import type { NoteAgentChange } from './note-agent.ts';
import type { NoteBoard } from './note-board.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a test replaces any part of a definition
type Any = any;

/** What is found when a resource is brought to life. */
export const brokenLives: readonly BrokenAgent[] = [
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
    check: 'heal-repairs',
    reason: 'a fault it is said to repair, and has no rule for',
    options: { issues: { Note: ['note_torn'] } },
    says: 'rules.Note.heal.note_torn',
  },
  {
    check: 'heal-repairs',
    reason: 'a repair that only looks',
    change: () => ({
      ...looking({ result: z.strictObject({}), execute: async () => ({}) }),
      rules: { heal: { note_faded: () => [{ toolName: 'look_at_board', parameters: {} }] } },
    }),
    says: 'changes nothing',
  },
  {
    check: 'heal-repairs',
    reason: 'a repair that takes the thing away',
    change: () => ({ rules: { heal: { note_faded: () => [{ toolName: 'drop_note', parameters: {} }] } } }),
    says: 'not as desired',
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
    check: 'watch-tells',
    reason: 'it watches something else',
    change: () => ({ kind: { watch: async () => undefined } }),
    says: 'was not told of',
  },
  {
    check: 'watch-tells',
    reason: 'it watches for ever',
    change: (board) => ({
      kind: {
        watch: (_: Any, changed: Any) =>
          board.watch(new AbortController().signal, () =>
            changed({ tenant: 'conformance', kind: 'Note', name: 'sample' }),
          ),
      },
    }),
    says: 'goes on after its signal was aborted',
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
  {
    check: 'secrets-kept',
    reason: 'a tool that only reads returns one',
    change: () =>
      looking({
        result: z.strictObject({ token: z.string() }),
        execute: async ({ secret }: Any) => ({ token: await secret('board-token') }),
      }),
    says: 'secret board-token',
  },
  {
    check: 'secrets-kept',
    reason: 'a tool that only reads throws one',
    change: () =>
      looking({
        result: z.strictObject({}),
        onFailure: 'skip',
        execute: async ({ secret }: Any) => {
          throw new Error(`401 for ${await secret('board-token')}`);
        },
      }),
    says: 'secret board-token',
  },
  {
    check: 'secrets-kept',
    reason: 'a result too long for a record ends with one',
    change: (board) => ({
      putNote: {
        result: z.strictObject({ page: z.string() }),
        execute: async (context: Any, { text }: Any) => {
          context.signal.throwIfAborted();
          board.once(context, () => board.put(context.externalName, text));
          return { page: `${'-'.repeat(10 * 1024)}${await context.secret('board-token')}` };
        },
        probe: async (context: Any) => (board.settle(context) ? happened({ page: '' }) : cannotHappen()),
      },
    }),
    says: 'secret board-token',
  },
];

function observeWith(board: NoteBoard, name: string, looks: number) {
  if (!existsSync(board.folder)) return unreachable('the board is gone');
  const text = board.read(name);
  return text === undefined ? absent() : present({ text, looks });
}

/** An agent that looks at the board by a tool before it puts a note there. */
function looking(tool: object): NoteAgentChange {
  const look = defineTool<Any, Any>({
    name: 'look_at_board',
    description: 'Looks at the board',
    riskLevel: 'safe',
    parameters: z.strictObject({}),
    ...(tool as Any),
  });
  const create = ({ desired }: Any) => [
    look.step({}),
    { toolName: 'put_note', parameters: { text: desired.spec.text } },
  ];
  return { moreTools: [look], rules: { create } };
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
