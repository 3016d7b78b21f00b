import { Command } from 'commander';
import { addDecideOptions, decideOnRequest, type DecideOptions } from './decide-on-request.ts';

/** `homeostat reject`: refuses a waiting plan; it is not asked again until something changes, or someone says retry. */
export function createRejectCommand(): Command {
  return addDecideOptions(new Command('reject'))
    .description(
      'Refuse the plan that waits for a person. It is not asked again until something changes, or someone says retry.',
    )
    .option('--reason <text>', 'why; kept with the decision and shown on the resource')
    .addHelpText('after', '\nExample:\n  $ homeostat reject Instance/web --reason "not before the release"')
    .action(async (name: string, options: DecideOptions, command: Command) => {
      await decideOnRequest(command, name, 'rejected', options);
    });
}
