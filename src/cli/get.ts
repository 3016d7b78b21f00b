import { Command } from 'commander';
import { parseDuration } from '../domain/duration.ts';
import { toldCommand } from '../domain/told-command.ts';
import { type CommandContext, withContext } from './command-context.ts';
import { getWatching } from './get-watch.ts';
import { print } from './print.ts';
import { resolveKind, resolveResource } from './resource-argument.ts';
import { renderResources } from './resource-rows.ts';

interface Options {
  readonly allTenants?: boolean;
  readonly watch?: boolean;
  readonly timeout?: string;
}

/** `homeostat get`: what is there, read from the store alone. */
export function createGetCommand(): Command {
  return new Command('get')
    .description('List resources, all or of one kind, or print one; with --watch also every change from then on.')
    .argument('[resource]', 'Kind, or Kind/name; all resources when left out')
    .option('-A, --all-tenants', 'of every tenant')
    .option('-w, --watch', 'go on with a line for each change, until Ctrl-C; as JSON an object a line')
    .option('--timeout <time>', 'how long to watch, such as 30s; then it ends with 0')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat get\n  $ homeostat get Instance/web --output yaml\n  $ homeostat get -w --output json --timeout 30s',
    )
    .action(async (argument: string | undefined, options: Options, command: Command) => {
      if (options.timeout !== undefined && options.watch !== true) command.error('--timeout belongs to --watch');
      const timeoutMs = options.timeout === undefined ? undefined : parseDuration(options.timeout, '--timeout');
      await withContext(command, (context) => get(context, argument, options, timeoutMs));
    });
}

async function get(
  context: CommandContext,
  argument: string | undefined,
  { allTenants, watch }: Options,
  timeoutMs: number | undefined,
): Promise<void> {
  const { read, output, tenant } = context;
  if (argument?.includes('/') === true) {
    const resource = await resolveResource(argument, tenant, read);
    if (watch === true) return getWatching(context, resource, timeoutMs);
    const found = await read.get(resource);
    return print(output, found, () => renderResources([found], false));
  }
  const kind = argument === undefined ? undefined : await resolveKind(argument, read);
  const chosen = allTenants === true ? undefined : tenant;
  if (watch === true) {
    const scope = { ...(chosen === undefined ? {} : { tenant: chosen }), ...(kind === undefined ? {} : { kind }) };
    return getWatching(context, scope, timeoutMs);
  }
  const items = await read.list(chosen, kind);
  print(output, { items }, () => {
    if (items.length > 0) return renderResources(items, chosen === undefined);
    return `No resources${chosen === undefined ? '' : ` in tenant ${tenant}`}. Apply some: ${toldCommand('apply -f <file>', { tenant })}\n`;
  });
}
