import { userInfo } from 'node:os';
import { Command } from 'commander';
import { withContext } from './command-context.ts';
import { addFreezeTarget, resolveScope, type FreezeTarget } from './freeze-target.ts';
import { print } from './print.ts';
import { renderTable } from './table.ts';

interface PauseOptions extends FreezeTarget {
  readonly reason: string;
  readonly as?: string;
  readonly list?: boolean;
}

/** `homeostat pause`: nothing is started on a resource, or in a wider scope, until `resume`. */
export function createPauseCommand(): Command {
  return addFreezeTarget(new Command('pause'))
    .description(
      'Start nothing on a resource, or in a whole scope, until it is resumed. A step under way ends; none follows it.',
    )
    .option('--reason <text>', 'why; shown to everybody who asks', 'no reason given')
    .option('--as <name>', 'who pauses (default: the user of this machine)')
    .option('--list', 'show what is paused, and change nothing')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat pause Instance/web --reason "looking into it"\n  $ homeostat pause --scope tenant/acme\n  $ homeostat pause --list',
    )
    .action(async (name: string | undefined, options: PauseOptions, command: Command) => {
      await withContext(command, async (context) => {
        const { state, output } = context;
        if (options.list === true) {
          const items = await state.freezes.list();
          const rows = items.map(({ scope, by, reason, since }) => [scope, by, since, reason]);
          print(output, { items }, () =>
            items.length === 0 ? 'Nothing is paused.\n' : renderTable(['SCOPE', 'BY', 'SINCE', 'REASON'], rows),
          );
          return;
        }
        const scope = await resolveScope(name, options, context);
        const { reason, as: by = userInfo().username } = options;
        const isNew = await state.freezes.freeze(scope, { by, reason, since: new Date().toISOString() });
        print(output, { scope, outcome: isNew ? 'paused' : 'unchanged' }, () =>
          isNew ? `paused     ${scope}\n` : `unchanged  ${scope} was paused already\n`,
        );
      });
    });
}
