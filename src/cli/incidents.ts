import { Command } from 'commander';
import { HomeostatError } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import type { Incident } from '../domain/incident.ts';
import { toldCommand } from '../domain/told-command.ts';
import { withContext, type CommandContext } from './command-context.ts';
import { print } from './print.ts';
import { renderIncidents } from './render-incidents.ts';
import { resolveResource } from './resource-argument.ts';

interface Options {
  readonly all?: boolean;
  readonly allTenants?: boolean;
  readonly report?: boolean;
}

/** `homeostat incidents`: what is broken, and what was done about it. */
export function createIncidentsCommand(): Command {
  return new Command('incidents')
    .description(
      'List the faults that are being repaired or were given to people; with --all also those that were resolved. ' +
        'With --report the report that goes with the newest one that was given to people.',
    )
    .argument('[resource]', 'Kind/name; of all resources when left out')
    .option('--all', 'the resolved ones too')
    .option('-A, --all-tenants', 'of every tenant')
    .option('--report', 'print the report of the resource, as markdown')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat incidents\n  $ homeostat incidents Instance/web --all --output json\n  $ homeostat incidents Instance/web --report',
    )
    .action(async (name: string | undefined, options: Options, command: Command) => {
      await withContext(command, async (context) => {
        const { read, output, tenant } = context;
        const resource = name === undefined ? undefined : await resolveResource(name, tenant, read);
        if (options.report === true) return printReport(context, resource);
        const found =
          resource === undefined
            ? await read.incidents.list(options.allTenants === true ? undefined : tenant)
            : await read.incidents.listOf(resource);
        const items = options.all === true ? found : found.filter(({ state }) => state !== 'resolved');
        print(output, { items }, () =>
          items.length === 0 ? 'Nothing is broken.\n' : renderIncidents(items, options.allTenants === true),
        );
      });
    });
}

async function printReport({ read, output }: CommandContext, resource: ResourceKey | undefined): Promise<void> {
  if (resource === undefined) {
    throw new HomeostatError('INVALID_VALUE', {
      path: '--report',
      problem: 'needs a resource',
      remedy: 'name it, such as: homeostat incidents Instance/web --report',
    });
  }
  const newest = (await read.incidents.listOf(resource)).find(({ report }) => report !== undefined);
  const report = newest === undefined ? undefined : await read.incidents.report(newest);
  if (newest === undefined || report === undefined) throw noReport(resource, newest);
  // Passed on as it is, for people and programs that read markdown; what a terminal would obey was taken out of it.
  print(
    output,
    { type: newest.type, openedAt: newest.openedAt, report },
    () => `${withoutControls(report).trimEnd()}\n`,
  );
}

function noReport(resource: ResourceKey, newest: Incident | undefined): HomeostatError {
  return new HomeostatError('NOT_FOUND', {
    path: showResource(resource),
    problem: newest === undefined ? 'nothing was given to people with a report' : 'the report is no longer kept',
    remedy: `look with: ${toldCommand(`incidents ${showResource(resource)} --all`, resource)}`,
  });
}

/** Lines stay lines. */
function withoutControls(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}]/gu, '');
}
