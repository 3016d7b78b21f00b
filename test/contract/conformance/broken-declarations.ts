import { defineTool, z } from '../../../src/index.ts';
import type { ConformanceOptions } from '../../../src/testing.ts';
import type { BrokenAgent } from './broken-agent.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a test replaces any part of a definition
type Any = any;

const read = {
  description: 'Looks',
  riskLevel: 'safe',
  parameters: z.strictObject({}),
  result: z.strictObject({}),
  execute: async () => ({}),
} as const;
const noteOptions = (...Note: object[]): ConformanceOptions => ({ samples: { Note } });

/** What can be found without the target. */
export const brokenDeclarations: readonly BrokenAgent[] = [
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
];
