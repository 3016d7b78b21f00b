import { Option, type Command } from 'commander';

export const outputFormats = ['table', 'json', 'yaml'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** What was said by them; nothing where it was left out. */
export interface GlobalOptions {
  readonly tenant?: string;
  readonly output: OutputFormat;
  readonly dataDir?: string;
  readonly config?: string;
}

/** What every command may be told, before or after its name. */
export function addGlobalOptions(program: Command): Command {
  return program
    .option('--tenant <tenant>', 'whose resources; "default" when left out')
    .addOption(new Option('-o, --output <format>', 'how to print').choices([...outputFormats]).default('table'))
    .option('--data-dir <folder>', 'where servers, instances and logs are kept (default: .homeostat)')
    .option('--config <file>', 'configuration file (default: homeostat.yaml, if it is there)');
}

export function globalOptionsOf(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}
