import { defineTool, z, type ToolContext } from '../../../src/index.ts';
import type { Work } from './isolated-work.ts';

const works: [Work, ...Work[]] = [
  ...(['tell', 'talk', 'ask-in-vain', 'repeat', 'return-function', 'refuse', 'fail', 'exit', 'crash'] as const),
  ...(['throw-aside', 'return-and-exit', 'listen', 'spin', 'spin-with-program'] as const),
  ...(['exit-with-program', 'babble', 'note'] as const),
];

export const isolatedTool = defineTool({
  name: 'work_apart',
  description: 'Does what it is asked to do, in a process of its own',
  riskLevel: 'safe',
  parameters: z.strictObject({ work: z.enum(works), text: z.string() }),
  result: z.unknown(),
  isolated: new URL('./isolated-work.ts?of=tests', import.meta.url),
});

/** A context like the runtime's, of the one resource of these tests. */
export function createContext(parts: Partial<ToolContext> = {}): ToolContext {
  return {
    signal: new AbortController().signal,
    idempotencyKey: 'key-1',
    attempt: 2,
    externalName: 'default.work.one',
    resource: { tenant: 'default', kind: 'Work', name: 'one' },
    log: { info: () => undefined, warn: () => undefined },
    heartbeat: () => undefined,
    secret: () => Promise.reject(new Error('no secrets here')),
    ...parts,
  };
}
