import { Command, InvalidArgumentError } from 'commander';
import { showResource } from '../domain/identity.ts';
import { createResourceDoor, type Applied, type ApplyOptions } from '../starters/resource-door.ts';
import { withContext, type CommandContext } from './command-context.ts';
import { print } from './print.ts';
import { readSources } from './read-sources.ts';
import { parseWait, waitFor } from './wait-option.ts';
import { warnIfRuntimeIsMissing } from './warn-missing-runtime.ts';

interface Options {
  readonly filename: readonly string[];
  readonly dryRun?: boolean;
  readonly revision?: number;
  readonly wait?: string | true;
}

/** `homeostat apply`: writes desired state. All or, when anything is wrong, nothing. */
export function createApplyCommand(): Command {
  return new Command('apply')
    .description(
      'Say what is wanted: checks everything, then writes what is new. When anything is wrong, nothing is written.',
    )
    .requiredOption('-f, --filename <path>', 'file, folder, or - for standard input; may be repeated', collect, [])
    .option('--dry-run', 'check everything and write nothing')
    .option(
      '--revision <number>',
      'only if the resource still has this metadata.version (0: only if it is new)',
      toRevision,
    )
    .option('--wait [time]', 'follow until everything is as wanted, or blocked; 5m when no time is said')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat apply -f examples/shop --wait\n  $ cat web.json | homeostat apply -f - --wait 30s',
    )
    .action(async (options: Options, command: Command) => {
      if (options.filename.length === 0) command.error("required option '-f, --filename <path>' not specified");
      const timeoutMs = parseWait(options.wait);
      const documents = await readSources(options.filename);
      await withContext(command, async (context) => {
        const applied = await createResourceDoor(context.state).apply(documents, toApplyOptions(options, context));
        print(context.output, { items: applied.map(toItem) }, () => renderApplied(applied, options.dryRun === true));
        if (options.dryRun === true) return;
        await warnIfRuntimeIsMissing(context.state);
        if (timeoutMs === undefined) return;
        await waitFor(
          context,
          applied.map(({ key }) => key),
          { type: 'converged' },
          timeoutMs,
        );
      });
    });
}

function toApplyOptions({ dryRun, revision }: Options, { saidTenant }: CommandContext): ApplyOptions {
  return {
    dryRun: dryRun === true,
    ...(saidTenant === undefined ? {} : { tenant: saidTenant }),
    ...(revision === undefined ? {} : { expectedRevision: revision }),
  };
}

function renderApplied(applied: readonly Applied[], dryRun: boolean): string {
  const mark = dryRun ? '  (dry run)' : '';
  return applied.map(({ key, outcome }) => `${outcome.padEnd(9)}  ${showResource(key)}${mark}\n`).join('');
}

function toItem({ key, outcome, revision }: Applied) {
  return { ...key, outcome, version: revision };
}

/** Gathers an option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function toRevision(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
