import { Command } from 'commander';
import { commandTable, type CommandEntry } from './command-table.ts';
import { addGlobalOptions, type GlobalOptions, type OutputFormat } from './global-options.ts';
import { readVersion } from '../config/read-version.ts';

const helpText = `
A first round:
  $ homeostat up                          in one terminal
  $ homeostat apply -f examples/shop --wait
  $ homeostat get
  $ homeostat help <command>              says more of one command

Exit codes: 0 done, 1 refused or failed, 2 not understood, 3 not in time (--wait, wait).`;

/** What the arguments say before any command is loaded. */
export interface Invocation {
  readonly commandName: string | undefined;
  readonly output: OutputFormat | undefined;
}

/** Finds the command's name among the global options. Understands everything, refuses nothing. */
export function readInvocation(args: readonly string[]): Invocation {
  const { operands, globals } = parseGlobals(args);
  const known = operands.filter((operand) => commandTable.some(({ name }) => name === operand));
  const asksHelp = operands[0] === 'help';
  const [commandName] = asksHelp || operands[0] === known[0] ? known : [];
  return { commandName, output: globals.output };
}

function parseGlobals(args: readonly string[]) {
  const bare = addGlobalOptions(new Command())
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  try {
    const { operands } = bare.parseOptions([...args]);
    return { operands, globals: bare.opts<Partial<GlobalOptions>>() };
  } catch {
    // The real program will say what is wrong.
    return { operands: [], globals: {} };
  }
}

/** The program with the one command loaded that is going to run; of the others it knows what their names are for. */
export async function createProgram(commandName?: string): Promise<Command> {
  const program = addGlobalOptions(new Command('homeostat'))
    .description('Keeps infrastructure in the state people asked for.')
    .usage('[options] <command>')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'say more')
    .commandsGroup('Look inside:')
    .helpCommand('help [command]', 'say more of a command')
    .addHelpText('after', helpText)
    .showSuggestionAfterError()
    .exitOverride()
    // Errors are printed in one place, by whoever runs the program.
    .configureOutput({ outputError: () => undefined });
  for (const entry of commandTable) {
    const command = entry.name === commandName ? await entry.load() : toStub(entry);
    program.addCommand(
      command
        .copyInheritedSettings(program)
        .summary(entry.summary)
        .helpGroup(entry.group)
        .configureHelp({ showGlobalOptions: true }),
      { hidden: entry.hidden === true },
    );
  }
  return program;
}

/** Stands in the list of commands and lets a mistyped name find it; is never run. */
function toStub({ name, summary }: CommandEntry): Command {
  return new Command(name).description(summary);
}
