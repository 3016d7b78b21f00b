import { Command } from 'commander';
import { showResource } from '../domain/identity.ts';
import { withContext } from './command-context.ts';
import { print } from './print.ts';
import { resolveResource } from './resource-argument.ts';
import { withRuns } from './run-context.ts';
import { warnIfRuntimeIsMissing } from './warn-missing-runtime.ts';

/** `homeostat retry`: a new look at a resource now, whatever was refused or failed before. */
export function createRetryCommand(): Command {
  return new Command('retry')
    .description('Look at a resource again now: what was refused is asked again, a pause after failures is over.')
    .argument('<resource>', 'Kind/name')
    .addHelpText('after', '\nExample:\n  $ homeostat retry Instance/web')
    .action(async (name: string, _: object, command: Command) => {
      await withContext(command, async (context) => {
        const resource = await resolveResource(name, context.tenant, context.read);
        await withRuns(context, async ({ decisions, signs }) => {
          await decisions.retry(resource);
          print(context.output, { ...resource, outcome: 'retried' }, () => `retrying   ${showResource(resource)}\n`);
          await warnIfRuntimeIsMissing(signs, context.output);
        });
      });
    });
}
