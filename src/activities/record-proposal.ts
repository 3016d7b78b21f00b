import { toProposedPlan } from '../domain/proposed-plan.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import type { ActualChange, ChangeGrounds } from '../state/changes.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Puts a plan that a run goes on with into the log and the audit chain, with what changes in `actual` in the same transaction. A
 * later attempt of the activity looks first whether an earlier one said the same; only one that was given up and writes
 * all the same, after that look, leaves a plan on record twice. With grounds only while they hold, else `STALE_REVISION`.
 */
export async function recordProposal(
  { state, registry, log }: Pick<ActivityDependencies, 'state' | 'registry' | 'log'>,
  { workflowId, runId, attempt }: ActivityScope,
  sealed: SealedPlan,
  change: ActualChange,
  grounds?: ChangeGrounds,
): Promise<void> {
  const { resource, seal, plan } = sealed;
  const { name: agent } = registry.ownerOf(resource.kind).agent;
  const type = 'plan-proposed';
  const known = attempt === 1 ? [] : await state.audit.list(resource);
  const isSaid = known.some((record) => record.type === type && record.detail.seal === seal);
  const event = { type, workflowId, runId, detail: toProposedPlan(sealed, agent) } as const;
  await state.changeActual(resource, change, isSaid ? undefined : event, grounds);
  log.info({ agent, seal, change: sealed.change, risk: plan.riskLevel, steps: plan.steps.length }, 'planned');
}
