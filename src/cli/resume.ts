import { Command } from 'commander';
import { withContext, type CommandContext } from './command-context.ts';
import { currentUser } from './current-user.ts';
import { addFreezeTarget, resolveScope, type FreezeTarget } from './freeze-target.ts';
import { print } from './print.ts';

/** `homeostat resume`: ends a pause; what it held is looked at again at once. */
export function createResumeCommand(): Command {
  return addFreezeTarget(new Command('resume'))
    .description('End a pause. What it held back is looked at again at once.')
    .option('--as <name>', 'who resumes (default: the user of this machine)')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat resume Instance/web && homeostat wait Instance/web\n  $ homeostat resume --scope tenant/acme',
    )
    .action(async (name: string | undefined, options: FreezeTarget & { readonly as?: string }, command: Command) => {
      await withContext(command, async (context) => {
        const scope = (await findStanding(name, options, context)) ?? (await resolveScope(name, options, context));
        await context.state.freezes.thaw(scope, options.as ?? currentUser());
        print(context.output, { scope, outcome: 'resumed' }, () => `resumed    ${scope}\n`);
      });
    });
}

/** What was named, if just that is paused: a pause that stands can be ended whatever its name, also a name of nothing. */
async function findStanding(
  name: string | undefined,
  { scope }: FreezeTarget,
  { state, tenant }: CommandContext,
): Promise<string | undefined> {
  if (name !== undefined && scope !== undefined) return undefined;
  const [standing] = await state.freezes.find([scope ?? `resource/${tenant}/${name}`]);
  return standing?.scope;
}
