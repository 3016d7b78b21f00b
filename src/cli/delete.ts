import { Command } from 'commander';
import { toCodedErrors, HomeostatErrors } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import { parseResource, toResourceKey } from '../domain/resource.ts';
import { isJsonObject } from '../domain/json.ts';
import type { SourceDocument } from '../starters/parse-documents.ts';
import { createResourceDoor } from '../starters/resource-door.ts';
import { collect, toCount } from './apply.ts';
import { withContext, type CommandContext } from './command-context.ts';
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
    .option('--confirm <count>', 'needed for more than 5 at once: how many are meant', toCount)
    .option('--wait [time]', 'follow until everything is gone, or blocked; 5m when no time is said')
    .addHelpText('after', '\nExample:\n  $ homeostat delete Instance/web\n  $ homeostat delete -f examples/shop --wait')
    .action(async (names: readonly string[], options: Options, command: Command) => {
      const { filename = [] } = options;
      const fromFiles = filename.length > 0;
      if (fromFiles === names.length > 0) command.error('name what to delete: either Kind/name, or -f <path>');
      const timeoutMs = parseWait(options.wait);
      const documents = await readSources(filename);
      await withContext(command, async (context) => {
        const keys = fromFiles ? toKeys(documents, context) : await resolveAll(names, context);
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

/** Only what a document names counts here: one whose spec has become invalid can be deleted all the same. */
function toKeys(documents: readonly SourceDocument[], { saidTenant }: CommandContext): readonly ResourceKey[] {
  const errors: Error[] = [];
  const keys = documents.flatMap(({ value }) => {
    try {
      const key = toResourceKey(parseResource(isJsonObject(value) ? { ...value, spec: {} } : value));
      const isTold = isJsonObject(value) && isJsonObject(value.metadata) && value.metadata.tenant !== undefined;
      return [isTold || saidTenant === undefined ? key : { ...key, tenant: saidTenant }];
    } catch (error) {
      errors.push(error as Error);
      return [];
    }
  });
  const [first] = errors;
  if (first === undefined) return keys;
  const coded = errors.flatMap(toCodedErrors);
  throw coded.length > 0 ? new HomeostatErrors(coded) : first;
}
