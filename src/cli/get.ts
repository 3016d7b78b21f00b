import { Command } from 'commander';
import { type CommandContext, withContext } from './command-context.ts';
import { print } from './print.ts';
import { resolveKind, resolveResource } from './resource-argument.ts';
import { summariseStatus } from './summarise-status.ts';
import { renderTable, toCell } from './table.ts';
import type { ShownResource } from '../starters/shown-resource.ts';

/** `homeostat get`: what is there, read from the store alone. */
export function createGetCommand(): Command {
  return new Command('get')
    .description('List resources, all or of one kind, or print one.')
    .argument('[resource]', 'Kind, or Kind/name; all resources when left out')
    .option('-A, --all-tenants', 'of every tenant')
    .addHelpText('after', '\nExample:\n  $ homeostat get\n  $ homeostat get Instance/web --output yaml')
    .action(async (argument: string | undefined, options: { allTenants?: boolean }, command: Command) => {
      await withContext(command, (context) => get(context, argument, options.allTenants === true));
    });
}

async function get(
  { read, output, tenant }: CommandContext,
  argument: string | undefined,
  allTenants: boolean,
): Promise<void> {
  if (argument?.includes('/') === true) {
    const found = await read.get(await resolveResource(argument, tenant, read));
    print(output, found, () => renderResources([found], false));
    return;
  }
  const kind = argument === undefined ? undefined : await resolveKind(argument, read);
  const items = await read.list(allTenants ? undefined : tenant, kind);
  print(output, { items }, () => {
    if (items.length > 0) return renderResources(items, allTenants);
    return `No resources${allTenants ? '' : ` in tenant ${tenant}`}. Apply some: homeostat apply -f <file>\n`;
  });
}

/** One line a resource: where it is in its life, and why. */
export function renderResources(items: readonly ShownResource[], withTenant: boolean): string {
  const rows = items.map(({ kind, metadata, status }) => [
    ...(withTenant ? [metadata.tenant] : []),
    `${kind}/${metadata.name}`,
    status.state,
    toCell(summariseStatus(status)),
  ]);
  return renderTable([...(withTenant ? ['TENANT'] : []), 'RESOURCE', 'STATE', 'NOTE'], rows);
}
