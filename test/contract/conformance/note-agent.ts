import {
  absent,
  cannotHappen,
  defineAgent,
  defineKind,
  defineTool,
  happened,
  present,
  unreachable,
  z,
  type Agent,
} from '../../../src/index.ts';
import { existsSync } from 'node:fs';
import type { NoteBoard } from './note-board.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a test replaces any part of a definition
type Any = any;

/** Parts of the agent as a test breaks them; each replaces what the good one has there. */
export interface NoteAgentChange {
  readonly kind?: Any;
  readonly putNote?: Any;
  readonly dropNote?: Any;
  readonly moreTools?: readonly Any[];
  readonly rules?: Any;
  readonly overrides?: Any;
}

/** Keeps notes on a board, and the contract; unless a test changes it. */
export function createNoteAgent(board: NoteBoard, change: NoteAgentChange = {}): Agent {
  const probe = async (context: Any) => (board.settle(context) ? happened({}) : cannotHappen());
  const putNote = defineTool<Any, Any>({
    name: 'put_note',
    description: 'Puts a note on the board',
    riskLevel: 'moderate',
    effect: 'write',
    parameters: z.strictObject({ text: z.string() }),
    result: z.strictObject({}),
    async execute(context, { text }) {
      context.signal.throwIfAborted();
      board.once(context, () => board.put(context.externalName, text));
      return {};
    },
    probe,
    ...change.putNote,
  });
  const dropNote = defineTool<Any, Any>({
    name: 'drop_note',
    description: 'Takes a note off the board',
    riskLevel: 'dangerous',
    effect: 'write',
    parameters: z.strictObject({}),
    result: z.strictObject({}),
    async execute(context) {
      context.signal.throwIfAborted();
      board.once(context, () => board.drop(context.externalName));
      return {};
    },
    probe,
    ...change.dropNote,
  });
  const Note = defineKind<'Note', Any, Any>({
    kind: 'Note',
    spec: z.strictObject({ text: z.string(), board: z.string().default('main') }),
    status: z.strictObject({ text: z.string(), looks: z.int().default(0) }),
    immutable: ['board'],
    async observe(_: Any, { externalName }: Any) {
      if (!existsSync(board.folder)) return unreachable('the board is gone');
      const text = board.read(externalName);
      return text === undefined ? absent() : present({ text, looks: 0 });
    },
    wanted: ({ text }: Any) => ({ text }),
    ...change.kind,
  });
  return defineAgent({
    name: 'notes',
    purpose: 'Keeps notes on a board',
    kinds: [Note],
    tools: [putNote, dropNote, ...(change.moreTools ?? [])],
    rules: {
      Note: {
        create: ({ desired }: Any) => [putNote.step({ text: desired.spec.text })],
        update: ({ desired }: Any) => [putNote.step({ text: desired.spec.text })],
        delete: () => [dropNote.step({})],
        heal: { note_faded: ({ desired }: Any) => [putNote.step({ text: desired.spec.text })] },
        ...change.rules,
      },
    },
    ...(change.overrides === undefined ? {} : { overrides: change.overrides }),
  });
}

/** Lets the kind tell of changes. Left out otherwise: whoever has a watch is given time to look around. */
export function watchedNotes(board: NoteBoard): NoteAgentChange {
  return {
    kind: {
      watch: ({ signal }: Any, changed: Any) =>
        board.watch(signal, (note) => {
          const [tenant, , name] = note.split('.');
          changed({ tenant, kind: 'Note', name });
        }),
    },
  };
}
