import { Command } from 'commander';
import { withContext, type CommandContext } from './command-context.ts';
import { completeWords, startingWith, type Candidate, type Completion } from './complete-words.ts';
import { addGlobalOptions } from './global-options.ts';
import { createProgram, readInvocation } from './program.ts';

/** Tells the shell to offer files. */
const filesDirective = ':files';

/**
 * `homeostat __complete`: what the scripts of `homeostat completion` ask at each Tab. The words after `--` are what is
 * typed, the last one unfinished. A line each: the candidate, a tab, a description. Never fails: it offers nothing then.
 */
export function createCompleteCommand(): Command {
  return new Command('__complete')
    .description('Answer the shell what may stand where the cursor is.')
    .argument('[words...]', 'what is typed')
    .action(async (words: readonly string[]) => {
      const candidates = await complete(words).catch(() => []);
      process.stdout.write(candidates.map(toLine).join(''));
    });
}

async function complete(words: readonly string[]): Promise<readonly Candidate[]> {
  const before = words.slice(0, -1);
  const { commandName } = readInvocation(before);
  const program = await createProgram(commandName);
  const command = before.includes('help') ? undefined : program.commands.find((one) => one.name() === commandName);
  const completion = completeWords(program, command, words);
  if (completion.type === 'candidates') return completion.candidates;
  if (completion.type === 'files') return [{ text: filesDirective }];
  return startingWith(words.at(-1) ?? '', await readNames(completion.type, before));
}

type Names = Exclude<Completion['type'], 'candidates' | 'files'>;

/** Names in the store that the words before the cursor point to: they may say which tenant, and where to look. */
async function readNames(type: Names, before: readonly string[]): Promise<readonly Candidate[]> {
  const globals = addGlobalOptions(new Command()).exitOverride();
  globals.parseOptions([...before]);
  const names: Candidate[] = [];
  await withContext(globals, async (context) => void names.push(...(await namesOf(type, context))));
  return names;
}

async function namesOf(type: Names, { read, tenant }: CommandContext): Promise<readonly Candidate[]> {
  if (type === 'agents') {
    return (await read.agents()).map(({ name, purpose }) => ({ text: name, description: purpose }));
  }
  const kinds = type === 'resources' ? [] : await read.kinds();
  return [
    ...kinds.map((text) => ({ text, description: 'all of this kind' })),
    ...(await read.list(tenant)).map(({ kind, metadata, status }) => ({
      text: `${kind}/${metadata.name}`,
      description: status.state,
    })),
  ];
}

function toLine({ text, description = '' }: Candidate): string {
  return `${text}\t${description.split('\n', 1)[0]}\n`;
}
