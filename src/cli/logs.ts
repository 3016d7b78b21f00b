import { Command } from 'commander';
import { readInstanceLog } from '../runtime/read-instance-log.ts';
import { withContext } from './command-context.ts';
import { wholeNumber } from './option-values.ts';
import { print } from './print.ts';
import { resolveResource } from './resource-argument.ts';

/** `homeostat logs`: the last of what an instance on this host wrote. */
export function createLogsCommand(): Command {
  return new Command('logs')
    .description(
      'Print the last of what an instance wrote. Works on the host that owns it; homeostat describe names that host.',
    )
    .argument('<resource>', 'Kind/name')
    .option('--tail <lines>', 'how many lines', wholeNumber('It must be a whole number up to 999999.', 999_999), 100)
    .addHelpText('after', '\nExample:\n  $ homeostat logs Instance/web --tail 20')
    .action(async (name: string, { tail }: { tail: number }, command: Command) => {
      await withContext(command, async ({ config, read, output, tenant }) => {
        const resource = await resolveResource(name, tenant, read);
        const { status } = await read.get(resource);
        const log = await readInstanceLog(config.dataDir, resource, {
          owner: status.owner,
          configuredHost: config.runtime.host,
          tail,
        });
        // Passed on as it is, colours and all: it is the instance's own output, not ours.
        print(output, log, () => log.lines.map((line) => `${line}\n`).join(''));
      });
    });
}
