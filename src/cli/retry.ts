import { Command } from 'commander';
import { showResource } from '../domain/identity.ts';
import { withContext } from './command-context.ts';
import { print } from './print.ts';
import { resolveResource } from './resource-argument.ts';
import { withRuns } from './with-runs.ts';
import { parseWait, waitFor } from './wait-option.ts';
import { warnIfRuntimeIsMissing } from './warn-missing-runtime.ts';

/** `homeostat retry`: a new look at a resource now, whatever was refused or failed before. */
export function createRetryCommand(): Command {
  return new Command('retry')
    .description('Look at a resource again now: what was refused is asked again, a pause after failures is over.')
    .argument('<resource>', 'Kind/name')
    .option('--wait [time]', 'follow until it is as wanted, or blocked anew; 5m when no time is said')
    .addHelpText('after', '\nExample:\n  $ homeostat retry Instance/web\n  $ homeostat retry Instance/web --wait 30s')
    .action(async (name: string, options: { readonly wait?: string | true }, command: Command) => {
      const timeoutMs = parseWait(options.wait);
      await withContext(command, async (context) => {
        const resource = await resolveResource(name, context.tenant, context.read);
        const before = timeoutMs === undefined ? undefined : await context.read.find(resource);
        await withRuns(context, async ({ decisions, signs }) => {
          await decisions.retry(resource);
          print(context.output, { ...resource, outcome: 'retried' }, () => `retrying   ${showResource(resource)}\n`);
          await warnIfRuntimeIsMissing(signs, context.output);
        });
        if (timeoutMs === undefined) return;
        const type = before?.metadata.version === undefined ? 'deleted' : 'converged';
        const after = before?.status;
        await waitFor(context, [resource], () => ({ type, ...(after === undefined ? {} : { after }) }), timeoutMs);
      });
    });
}
