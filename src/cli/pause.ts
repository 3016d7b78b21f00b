import { Command } from 'commander';
import { escapeControls } from '../domain/failure.ts';
import { isScope, type StandingFreeze } from '../domain/freeze.ts';
import { withContext } from './command-context.ts';
import { currentUser } from './current-user.ts';
import { addFreezeTarget, resolveScope, type FreezeTarget } from './freeze-target.ts';
import type { OutputFormat } from './global-options.ts';
import { print } from './print.ts';
import { sayBeside } from './say-beside.ts';
import { findEmptiness } from './scope-argument.ts';
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
        const { state, read, output } = context;
        if (options.list === true) {
          listPauses(await state.freezes.list(), output);
          return;
        }
        const scope = await resolveScope(name, options, context);
        const note = await findEmptiness(scope, read);
        const { reason, as: by = currentUser() } = options;
        const isNew = await state.freezes.freeze(scope, { by, reason, since: new Date().toISOString() });
        const outcome = isNew ? 'paused' : 'unchanged';
        print(output, { scope, outcome, ...(note === undefined ? {} : { note }) }, () =>
          isNew ? `paused     ${scope}\n` : `unchanged  ${scope} was paused already\n`,
        );
        if (note !== undefined) sayBeside(output, note);
      });
    });
}

function listPauses(items: readonly StandingFreeze[], output: OutputFormat): void {
  const rows = items.map(({ scope, by, reason, since }) => [scope, by, since, reason]);
  print(output, { items }, () =>
    items.length === 0 ? 'Nothing is paused.\n' : renderTable(['SCOPE', 'BY', 'SINCE', 'REASON'], rows),
  );
  // Put by hand: no door of ours takes it.
  for (const { scope } of items.filter((one) => !isScope(one.scope))) {
    sayBeside(
      output,
      `${escapeControls(scope)} is no scope and holds nothing — take it away: homeostat resume --scope <scope>`,
    );
  }
}
