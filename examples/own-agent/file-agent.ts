import { defineAgent, defineKind, defineTool, happened, unknown, z, type Agent } from 'homeostat';
import { createManagedFolder } from './managed-folder.ts';

const path = z
  .string()
  .max(400)
  .regex(/^(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, 'must be a relative path without . or ..')
  .describe('Path below the root folder, with / between its parts');
const content = z.string().max(16_384).describe('The whole content, as UTF-8');
const spec = z.strictObject({ path, content }).meta({
  // Shown to whoever writes one, and what `conformance` brings about: the second is an update of the first.
  examples: [
    { path: 'greetings/hello.txt', content: 'Hello, world.\n' },
    { path: 'greetings/hello.txt', content: 'Hello again.\n' },
  ],
});
/** `null`: there is a file, and it is not a text that a spec could ask for. */
const status = z.strictObject({ content: z.string().nullable() });

/** Keeps text files below a root folder as asked. The whole of an agent: one kind, two tools, three rules. */
export function createFileAgent(root: string): Agent {
  const folder = createManagedFolder(root);

  const File = defineKind({
    kind: 'File',
    spec,
    status,
    // Another path is another file: delete the resource and make a new one.
    immutable: ['path'],
    // Only the host that has the folder can look into it.
    placement: () => 'host',
    observe: (_, { spec }) => folder.observe(spec.path),
    wanted: ({ content }) => ({ content }),
  });

  const writeFile = defineTool({
    name: 'write_file',
    description: 'Write a whole file',
    riskLevel: 'moderate',
    effect: 'write',
    parameters: spec,
    result: z.strictObject({}),
    async execute({ idempotencyKey, signal }, { path, content }) {
      await folder.write(path, content, idempotencyKey, signal);
      return {};
    },
    async probe({ idempotencyKey }, { path, content }) {
      await folder.discard(path, idempotencyKey);
      const seen = await folder.observe(path);
      return seen.type === 'present' && seen.status.content === content ? happened({}) : unknown();
    },
    // Written twice is the same as written once: after an `unknown` it may be done again.
    conditional: true,
  });

  const removeFile = defineTool({
    name: 'remove_file',
    description: 'Remove a file',
    riskLevel: 'dangerous',
    effect: 'write',
    parameters: z.strictObject({ path }),
    result: z.strictObject({}),
    async execute({ signal }, { path }) {
      await folder.remove(path, signal);
      return {};
    },
    async probe(_, { path }) {
      return (await folder.observe(path)).type === 'absent' ? happened({}) : unknown();
    },
    conditional: true,
  });

  return defineAgent({
    name: 'files',
    purpose: 'Keeps text files below a folder as asked',
    kinds: [File],
    tools: [writeFile, removeFile],
    rules: {
      File: {
        create: ({ desired }) => [writeFile.step(desired.spec, `create ${desired.spec.path}`)],
        update: ({ desired }) => [writeFile.step(desired.spec, `rewrite ${desired.spec.path}`)],
        delete: ({ actual }) => [removeFile.step({ path: actual.spec.path }, `remove ${actual.spec.path}`)],
      },
    },
  });
}
