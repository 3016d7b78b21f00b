import { Command } from 'commander';
import type { AuditRecord } from '../domain/audit.ts';
import type { ApprovalRequest } from '../domain/approval.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { HomeostatError } from '../domain/failure.ts';
import { scopesOf, type StandingFreeze } from '../domain/freeze.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../domain/identity.ts';
import type { Incident } from '../domain/incident.ts';
import { isOpenEntry, type LedgerEntry } from '../domain/ledger.ts';
import { toRunUrl } from '../starters/run-url.ts';
import { findServers } from '../starters/server-addresses.ts';
import type { ShownResource } from '../starters/shown-resource.ts';
import { withContext, type CommandContext } from './command-context.ts';
import { print } from './print.ts';
import { renderDescription } from './render-description.ts';
import { resolveResource } from './resource-argument.ts';

/** How many of the last audit records are shown. */
const shownRecords = 12;

/** All there is to tell of one resource. */
export interface Description extends ShownResource {
  readonly pendingApproval?: ApprovalRequest;
  /** Pauses that hold it, its own or wider ones. */
  readonly pauses: readonly StandingFreeze[];
  /** Effects whose outcome is open; a person may have to resolve them. */
  readonly openEffects: readonly LedgerEntry[];
  /** Faults that were reported: the newest of each type, open ones first. */
  readonly incidents: readonly Incident[];
  readonly audit: readonly AuditRecord[];
  readonly workflowId: string;
  /** Where the runs can be looked at, when a Temporal UI is known. */
  readonly runUrl?: string;
}

/** `homeostat describe`: everything about one resource, on one page. */
export function createDescribeCommand(): Command {
  return new Command('describe')
    .description(
      'Tell all about one resource: what is wanted, what is there, why, what waits for a person, what was done last.',
    )
    .argument('<resource>', 'Kind/name')
    .addHelpText('after', '\nExample:\n  $ homeostat describe Instance/web')
    .action(async (name: string, _: object, command: Command) => {
      await withContext(command, async (context) => {
        const resource = await resolveResource(name, context.tenant, context.read);
        const description = await describe(context, resource);
        print(context.output, description, () => renderDescription(description, Date.now()));
      });
    });
}

async function describe({ read, state, config }: CommandContext, resource: ResourceKey): Promise<Description> {
  const [shown, requests, effects, audit, agents, incidents] = await Promise.all([
    read.get(resource),
    state.approvals.find(resource, ''),
    read.effects(resource),
    read.audit(resource),
    read.agents(),
    read.incidents.listOf(resource),
  ]);
  const agent = agents.find(({ kinds }) => kinds.includes(resource.kind))?.name ?? '';
  const pending = requests.find((request) => request.state === 'pending');
  const workflowId = toReconcileWorkflowId(resource);
  const runUrl = findRunUrl(config, workflowId);
  return {
    ...shown,
    ...(pending === undefined ? {} : { pendingApproval: pending }),
    pauses: await state.freezes.find(scopesOf(resource, agent)),
    openEffects: effects.filter(isOpenEntry),
    incidents,
    audit: audit.slice(-shownRecords),
    workflowId,
    ...(runUrl === undefined ? {} : { runUrl }),
  };
}

/** While Temporal is away there is no page of the run, and all else to be told. */
function findRunUrl(config: LoadedConfig, workflowId: string): string | undefined {
  try {
    return toRunUrl(findServers(config).temporal, workflowId);
  } catch (error) {
    if (error instanceof HomeostatError && error.code === 'NOT_RUNNING') return undefined;
    throw error;
  }
}
