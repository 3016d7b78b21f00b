import { Command } from 'commander';
import { showResource } from '../domain/identity.ts';
import { readKeys } from '../starters/read-keys.ts';
import { createResourceDoor } from '../starters/resource-door.ts';
import { withContext } from './command-context.ts';
import { collect, wholeNumber } from './option-values.ts';
import { print } from './print.ts';
import { readSources } from './read-sources.ts';
import { resolveAll } from './resource-argument.ts';
import { parseWait, waitFor } from './wait-option.ts';
import { warnIfRuntimeIsMissing } from './warn-missing-runtime.ts';

interface Options {
  readonly filename?: readonly string[];
  readonly dryRun?: boolean;
  readonly wait?: string | true;
  readonly confirm?: number;
}

/** `homeostat delete`: takes desired state back. What is dangerous about that waits for a person. */
export function createDeleteCommand(): Command {
  return new Command('delete')
    .description('Say that resources are no longer wanted. Refused while others that stay depend on them.')
    .argument('[resources...]', 'Kind/name')
    .option(
      '-f, --filename <path>',
      'delete what a file, a folder or - names; what is gone already is passed over',
      collect,
    )
    .option('--dry-run', 'check everything and delete nothing')
    .option('--confirm <count>', 'needed for more than 5 at once: how many are meant', wholeNumber())
    .option('--wait [time]', 'follow until everything is gone, or blocked; 5m when no time is said')
    .addHelpText('after', '\nExample:\n  $ homeostat delete Instance/web\n  $ homeostat delete -f examples/shop --wait')
    .action(async (names: readonly string[], options: Options, command: Command) => {
      const { filename = [] } = options;
      const fromFiles = filename.length > 0;
      if (fromFiles === names.length > 0) command.error('name what to delete: either Kind/name, or -f <path>');
      const timeoutMs = parseWait(options.wait);
      const documents = await readSources(filename);
      await withContext(command, async (context) => {
        const keys = fromFiles ? readKeys(documents, context.saidTenant) : await resolveAll(names, context);
        const dryRun = options.dryRun === true;
        const removed = await createResourceDoor(context.state).remove(keys, {
          dryRun,
          ignoreMissing: fromFiles,
          ...(options.confirm === undefined ? {} : { confirmed: options.confirm }),
        });
        print(context.output, { items: removed.map(({ key, outcome }) => ({ ...key, outcome })) }, () =>
          removed
            .map(({ key, outcome }) => `${outcome.padEnd(9)}  ${showResource(key)}${dryRun ? '  (dry run)' : ''}\n`)
            .join(''),
        );
        if (dryRun) return;
        await warnIfRuntimeIsMissing(context.state, context.output);
        if (timeoutMs === undefined) return;
        await waitFor(
          context,
          removed.map(({ key }) => key),
          () => ({ type: 'deleted' }),
          timeoutMs,
        );
      });
    });
}
