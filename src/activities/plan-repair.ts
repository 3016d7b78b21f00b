import type { RepairInput, RepairPlanning } from '../domain/heal.ts';
import { HomeostatError, toCodedErrors } from '../domain/failure.ts';
import type { Block } from '../domain/run.ts';
import { checkPlan } from '../planners/check-plan.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { findHold, modeOf } from './hold-back.ts';
import { loadResource, observeResource, ownerElsewhere } from './load-resource.ts';
import { sealPlan } from './seal-plan.ts';
import { settleOpenEffects } from './settle-open-effects.ts';

/**
 * The thinking half of a repair: settles what is open, observes, asks the agent what heals this fault, classifies and
 * seals it like any plan. The same plan is not tried twice in one incident.
 */
export async function planRepair(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: RepairInput,
): Promise<RepairPlanning> {
  const { issue } = input;
  const loaded = await loadResource(dependencies, input.resource);
  const byRules = (cause: string) => ({ diagnosis: { cause, cites: [], by: 'rules' } }) as const;
  if (loaded.type === 'invalid') {
    const { revision, desired } = loaded.snapshot;
    const [first] = loaded.errors;
    const block: Block = { code: first!.code, message: first!.message, retry: false };
    const base = { format: 1, readRevision: revision, desiredRevision: desired?.modRevision ?? 0 } as const;
    return { ...base, ...byRules('what is desired is not valid'), type: 'blocked', block };
  }
  const { resource } = loaded;
  const base = { format: 1, readRevision: resource.readRevision, desiredRevision: resource.desiredRevision } as const;
  const elsewhere = ownerElsewhere(resource, dependencies.host);
  if (elsewhere !== undefined) return { ...base, ...byRules(''), type: 'elsewhere', host: elsewhere };
  const open = await settleOpenEffects(dependencies, scope, input);
  if (open.length > 0) return { ...base, ...byRules('an effect is open'), type: 'outcome-unknown', open };

  const { log } = dependencies;
  const observed = await observeResource(resource, { signal: scope.signal, log });
  const cause = causeOf(observed.delta);
  const block = (code: Block['code'], message: string): RepairPlanning => ({
    ...base,
    ...byRules(cause),
    type: 'blocked',
    block: { code, message, retry: false },
  });
  if (observed.observation.type === 'unreachable') return block('UNREACHABLE', observed.observation.cause);
  const hold = await findHold(dependencies, observed);
  if (hold !== undefined) return block(hold.code, hold.message);
  const { agent, desiredState, actualState } = observed;
  try {
    const context = { signal: scope.signal, log, failures: input.failures };
    const plan = await agent.heal(context, issue, desiredState, actualState);
    checkPlan(plan, agent.tools());
    if (plan.steps.length === 0) {
      return { ...base, ...byRules(cause), type: 'nothing', queue: scope.queue, recorded: true };
    }
    const sealed = sealPlan(plan, observed, {
      workflowId: scope.workflowId,
      firstRunId: input.firstRunId,
      pass: input.pass,
      now: input.now,
      expireAfterMs: dependencies.settings.approvalExpiresAfterMs,
      host: dependencies.host,
      mode: modeOf(observed, dependencies.settings),
    });
    if (input.triedShapes.includes(sealed.shape)) return block('NOT_CONVERGED', 'the same repair failed before');
    return { ...base, diagnosis: { cause: plan.reasoning, cites: [], by: 'rules' }, type: 'plan', sealed };
  } catch (error) {
    const [first] = toCodedErrors(error);
    if (!(first instanceof HomeostatError) || first.code.startsWith('STORE_')) throw error;
    return block(first.code, first.message);
  }
}

function causeOf({ type, changes }: Awaited<ReturnType<typeof observeResource>>['delta']): string {
  if (type === 'none') return 'nothing differs from what is desired';
  const fields = changes.map(({ path }) => path).join(', ');
  return fields === '' ? `it is to be ${type}d` : `it differs from what is desired in ${fields}`;
}
