import type { Argument, Command, Option } from 'commander';
import { issueTypes } from '../domain/issue-types.ts';
import { goalWords } from './goal.ts';

/** Something the shell may put in, with a few words for shells that show them. */
export interface Candidate {
  readonly text: string;
  readonly description?: string;
}

/** What fits where the cursor stands; the names of what is in the store have to be asked for. */
export type Completion =
  | { readonly type: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly type: 'files' | 'kinds-and-resources' | 'resources' | 'agents' };

const nothing: Completion = { type: 'candidates', candidates: [] };
/** Options whose value is a path. */
const pathOptions = new Set(['filename', 'dataDir', 'config']);
/** Words for values that may be others too. */
const valueWords: Readonly<Record<string, readonly string[]>> = {
  for: [...goalWords, 'condition='],
  type: issueTypes.map(({ type }) => type),
};

/**
 * What may stand in the place of the last word. `program` has loaded the one command that the words name; pure, and for
 * whatever somebody types half of.
 */
export function completeWords(program: Command, command: Command | undefined, words: readonly string[]): Completion {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const options = [...program.options, ...(command?.options ?? [])].filter(({ hidden }) => !hidden);
  const previous = before.at(-1);
  const awaiting = findValued(options, previous);
  // A value that may be left out may be another word just as well.
  if (awaiting?.required === true) return completeValue(awaiting, current);
  if (current.startsWith('-'))
    return { type: 'candidates', candidates: startingWith(current, options.map(toCandidate)) };
  if (command === undefined) return completeCommand(program, before, current);
  const place = operandsOf(before, options).length - 1;
  return completeArgument(argumentAt(command, place), command, current);
}

/** Candidates that go on from what is typed. */
export function startingWith(current: string, candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ text }) => text.startsWith(current));
}

function completeCommand(program: Command, before: readonly string[], current: string): Completion {
  const operands = operandsOf(before, program.options);
  const isHelp = operands[0] === 'help' && operands.length === 1;
  if (operands.length > 0 && !isHelp) return nothing;
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .map((one) => ({ text: one.name(), description: one.summary() || one.description() }));
  return { type: 'candidates', candidates: startingWith(current, commands) };
}

function completeValue(option: Option, current: string): Completion {
  if (pathOptions.has(option.attributeName())) return { type: 'files' };
  const choices = (option.argChoices ?? valueWords[option.attributeName()] ?? []).map((text) => ({ text }));
  return { type: 'candidates', candidates: startingWith(current, choices) };
}

function completeArgument(argument: Argument | undefined, command: Command, current: string): Completion {
  switch (argument?.name()) {
    case 'resource':
      return { type: command.name() === 'get' ? 'kinds-and-resources' : 'resources' };
    case 'resources':
      return { type: 'resources' };
    case 'agent':
      return { type: 'agents' };
    default: {
      const choices = (argument?.argChoices ?? []).map((text) => ({ text }));
      return { type: 'candidates', candidates: startingWith(current, choices) };
    }
  }
}

function argumentAt({ registeredArguments }: Command, place: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[place] ?? (last?.variadic === true ? last : undefined);
}

/** The words that are neither options nor their values. */
function operandsOf(words: readonly string[], options: readonly Option[]): readonly string[] {
  return words.filter((word, index) => {
    if (word.startsWith('-')) return false;
    return findValued(options, words[index - 1]) === undefined;
  });
}

/** The option a word names, when a value follows it. */
function findValued(options: readonly Option[], word: string | undefined): Option | undefined {
  if (word === undefined) return undefined;
  return options.find((option) => (option.required || option.optional) && [option.short, option.long].includes(word));
}

function toCandidate({ long, short, description }: Option): Candidate {
  return { text: long ?? short ?? '', description };
}
