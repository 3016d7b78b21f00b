import { Command } from 'commander';
import { HomeostatError } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import { withContext } from './command-context.ts';
import { print } from './print.ts';
import { renderAudit } from './render-audit.ts';
import { resolveResource } from './resource-argument.ts';

/** `homeostat audit`: what was decided and done, in a chain that shows when somebody changed it. */
export function createAuditCommand(): Command {
  return new Command('audit')
    .description(
      'Print what was planned, decided and done about a resource, oldest first. The records stay when it is gone.',
    )
    .argument('<resource>', 'Kind/name')
    .option('--verify', 'check that nothing in the chain was changed or left out')
    .addHelpText('after', '\nExample:\n  $ homeostat audit Instance/web\n  $ homeostat audit Instance/web --verify')
    .action(async (name: string, options: { verify?: boolean }, command: Command) => {
      await withContext(command, async ({ read, output, tenant }) => {
        const resource = await resolveResource(name, tenant, read);
        const fault = options.verify === true ? await read.verifyAudit(resource) : undefined;
        const items = await read.audit(resource);
        const verified =
          options.verify === true ? { whole: fault === undefined, ...(fault === undefined ? {} : { fault }) } : {};
        print(output, { items, ...verified }, () => {
          if (items.length === 0) return `Nothing is on record of ${showResource(resource)}.\n`;
          const verdict =
            options.verify === true && fault === undefined ? `The chain is whole: ${items.length} records.\n` : '';
          return renderAudit(items) + verdict;
        });
        if (fault === undefined) return;
        throw new HomeostatError('AUDIT_BROKEN', {
          path: `audit ${showResource(resource)}`,
          problem: `the chain is broken: ${fault}`,
          remedy: 'find out who writes to the store past the runtime',
        });
      });
    });
}
