import { Command } from 'commander';
import { isSameResource, showResource } from '../domain/identity.ts';
import { createResourceDoor, type Applied, type ApplyOptions } from '../starters/resource-door.ts';
import { applySet, type AppliedSet } from './apply-set.ts';
import { canAsk } from './ask.ts';
import { withContext, type CommandContext } from './command-context.ts';
import { collect, wholeNumber } from './option-values.ts';
import { print } from './print.ts';
import { readSources } from './read-sources.ts';
import { parseWait, waitFor } from './wait-option.ts';
import { warnIfRuntimeIsMissing } from './warn-missing-runtime.ts';

interface Options {
  readonly filename: readonly string[];
  readonly dryRun?: boolean;
  readonly revision?: number;
  readonly set?: string;
  readonly prune?: boolean;
  readonly yes?: boolean;
  readonly confirm?: number;
  readonly wait?: string | true;
}

/** `homeostat apply`: writes desired state. All or, when anything is wrong, nothing. */
export function createApplyCommand(): Command {
  return new Command('apply')
    .description(
      'Say what is wanted: checks everything, then writes what is new. When anything is wrong, nothing is written.',
    )
    .requiredOption('-f, --filename <path>', 'file, folder, or - for standard input; may be repeated', collect)
    .option('--dry-run', 'check everything and write nothing')
    .option(
      '--revision <number>',
      'only if the resource still has this metadata.version (0: only if it is new)',
      wholeNumber(),
    )
    .option('--set <name>', 'mark all of it as one set, by the annotation homeostat.io/set')
    .option('--prune', 'delete what was applied with this --set before and is not there now; asks first')
    .option('--yes', 'do not ask')
    .option('--confirm <count>', 'needed with --yes to prune more than 5: how many are meant', wholeNumber())
    .option('--wait [time]', 'follow until everything is as wanted, or blocked; 5m when no time is said')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat apply -f examples/shop --wait\n  $ cat web.json | homeostat apply -f - --wait 30s\n  $ homeostat apply -f examples/shop --set shop --prune --dry-run',
    )
    .action(async (options: Options, command: Command) => {
      checkOptions(options, command);
      const timeoutMs = parseWait(options.wait);
      const documents = await readSources(options.filename);
      await withContext(command, async (context) => {
        const result = await apply(documents, options, context);
        if (result === undefined) {
          context.say('Nothing was changed.');
          process.exitCode = 1;
          return;
        }
        const { applied, pruned } = result;
        print(
          context.output,
          { items: [...applied.map(toItem), ...pruned.map((key) => ({ ...key, outcome: 'pruned' }))] },
          () => renderApplied(result, options.dryRun === true),
        );
        if (options.dryRun === true) return;
        await warnIfRuntimeIsMissing(context.state, context.output);
        if (timeoutMs === undefined) return;
        const isPruned = (key: Applied['key']) => pruned.some((one) => isSameResource(one, key));
        await waitFor(
          context,
          [...applied.map(({ key }) => key), ...pruned],
          (key) => ({ type: isPruned(key) ? 'deleted' : 'converged' }),
          timeoutMs,
        );
      });
    });
}

function checkOptions({ filename, set, prune, yes, dryRun }: Options, command: Command): void {
  if (prune !== true) return;
  if (set === undefined) command.error('--prune needs --set <name>: it deletes what was applied with that set before');
  // What standard input brings can be no answer.
  const mayAsk = canAsk() && !filename.includes('-');
  if (!mayAsk && yes !== true && dryRun !== true) {
    command.error('nobody can be asked here what to prune: say --yes, or look first with --dry-run');
  }
}

async function apply(
  documents: Awaited<ReturnType<typeof readSources>>,
  options: Options,
  context: CommandContext,
): Promise<AppliedSet | undefined> {
  const { set, prune = false, yes = false, confirm } = options;
  const applyOptions = toApplyOptions(options, context);
  if (set !== undefined)
    return applySet(context, documents, {
      ...applyOptions,
      set,
      prune,
      yes,
      ...(confirm === undefined ? {} : { confirmed: confirm }),
    });
  return { applied: await createResourceDoor(context.state).apply(documents, applyOptions), pruned: [] };
}

function toApplyOptions({ dryRun, revision }: Options, { saidTenant }: CommandContext): ApplyOptions {
  return {
    dryRun: dryRun === true,
    ...(saidTenant === undefined ? {} : { tenant: saidTenant }),
    ...(revision === undefined ? {} : { expectedRevision: revision }),
  };
}

function renderApplied({ applied, pruned }: AppliedSet, dryRun: boolean): string {
  const mark = dryRun ? '  (dry run)' : '';
  return [...applied, ...pruned.map((key) => ({ key, outcome: 'pruned' }))]
    .map(({ key, outcome }) => `${outcome.padEnd(9)}  ${showResource(key)}${mark}\n`)
    .join('');
}

function toItem({ key, outcome, revision }: Applied) {
  return { ...key, outcome, version: revision };
}
