import { Command } from 'commander';
import { parseDuration } from '../domain/duration.ts';
import { showResource } from '../domain/identity.ts';
import { withContext } from './command-context.ts';
import { parseGoal } from './goal.ts';
import { print } from './print.ts';
import { resolveAll } from './resource-argument.ts';
import { waitFor } from './wait-option.ts';

/** `homeostat wait`: until resources are where a script needs them. */
export function createWaitCommand(): Command {
  return new Command('wait')
    .description(
      'Wait until resources are as asked for, and show what happens meanwhile. Changes nothing. What is said of an older version does not count. Ends with 0 when all are, with 3 when the time is up, and with 1 when it will not come about: a resource is not there or, waiting for converged or deleted, blocked.',
    )
    .argument('<resources...>', 'Kind/name')
    .option(
      '--for <what>',
      'converged, deleted, state=<State> or condition=<Type>[=False]; states are those that get shows',
      'converged',
    )
    .option('--timeout <time>', 'how long to wait at most', '5m')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat wait Instance/web --timeout 30s\n  $ homeostat wait Instance/web --for condition=AwaitingApproval',
    )
    .action(async (names: readonly string[], options: { for: string; timeout: string }, command: Command) => {
      const goal = parseGoal(options.for);
      const timeoutMs = parseDuration(options.timeout, '--timeout');
      await withContext(command, async (context) => {
        const keys = await resolveAll(names, context);
        if (goal.type !== 'deleted') for (const key of keys) await context.read.get(key);
        const followed = await waitFor(context, keys, () => goal, timeoutMs);
        const items = followed.map(({ key, message }) => ({ ...key, outcome: 'arrived', message }));
        print(context.output, { items }, () => keys.map((key) => `arrived    ${showResource(key)}\n`).join(''));
      });
    });
}
