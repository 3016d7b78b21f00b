import { Command } from 'commander';
import type { ApprovalRequest } from '../domain/approval.ts';
import { showResource } from '../domain/identity.ts';
import { showGates } from '../domain/plan.ts';
import { shortSeal } from '../domain/sealed-plan.ts';
import { withContext } from './command-context.ts';
import { print } from './print.ts';
import { showExpiry } from './render-plan.ts';
import { renderTable, toCell } from './table.ts';

/** `homeostat approvals`: what waits for a person. */
export function createApprovalsCommand(): Command {
  return new Command('approvals')
    .description(
      'List the plans that wait for a person; with --all also those that were decided, expired or overtaken.',
    )
    .option('--all', 'the decided and closed ones too')
    .option('-A, --all-tenants', 'of every tenant')
    .addHelpText('after', '\nExample:\n  $ homeostat approvals\n  $ homeostat approvals --all --output json')
    .action(async ({ all, allTenants }: { all?: boolean; allTenants?: boolean }, command: Command) => {
      await withContext(command, async ({ read, output, tenant }) => {
        const items = await read.approvals(
          allTenants === true ? undefined : tenant,
          all === true ? undefined : 'pending',
        );
        print(output, { items }, () =>
          items.length === 0 ? 'Nothing waits for a decision.\n' : renderApprovals(items, Date.now()),
        );
      });
    });
}

/** One line a request. */
export function renderApprovals(requests: readonly ApprovalRequest[], now: number): string {
  const rows = requests.map(({ resource, plan, seal, state, expiresAt, decision }) => [
    showResource(resource),
    resource.tenant,
    plan.riskLevel,
    plan.steps.map(({ toolName }) => toolName).join(', '),
    shortSeal(seal),
    state === 'pending'
      ? `waits, ${showExpiry(expiresAt, now)}`
      : `${state}${decision === undefined ? '' : ` by ${decision.approver}`}`,
    toCell(showGates(plan)),
  ]);
  return renderTable(['RESOURCE', 'TENANT', 'RISK', 'STEPS', 'SEAL', 'STATE', 'WHY'], rows);
}
