import { Command } from 'commander';
import { addDecideOptions, decideOnRequest, type DecideOptions } from './decide-on-request.ts';

/** `homeostat approve`: lets a waiting plan run. */
export function createApproveCommand(): Command {
  return addDecideOptions(new Command('approve'))
    .description('Show the plan that waits for a person, and let it run.')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat approve Instance/web\n  $ homeostat approve Instance/web --seal 3f9a1c20b7de --as alice --yes',
    )
    .action(async (name: string, options: DecideOptions, command: Command) => {
      await decideOnRequest(command, name, 'approved', options);
    });
}
