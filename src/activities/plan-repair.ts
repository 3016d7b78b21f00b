import type { RepairInput, RepairPlanning } from '../domain/heal.ts';
import { HomeostatError, toCodedErrors } from '../domain/failure.ts';
import type { ModelName } from '../domain/model-route.ts';
import type { ExecutionPlan } from '../domain/plan.ts';
import type { Block } from '../domain/run.ts';
import { findRefusal, toRefusedBlock } from '../domain/refusal.ts';
import { findRunbooks, type Runbook } from '../domain/runbook.ts';
import { checkPlan } from '../planners/check-plan.ts';
import { isStoreFault } from '../state/store-error.ts';
import type { ActivityScope } from './activity-scope.ts';
import { toAuthorsError } from './authors-error.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { findFaultyDependency } from './faulty-dependency.ts';
import { findHold, noLongerWanted } from './hold-back.ts';
import { loadResource, ownerElsewhere } from './load-resource.ts';
import { observeResource } from './observe-resource.ts';
import { planByModels } from './plan-by-models.ts';
import { thinkingTimeoutMs } from './plan-for.ts';
import { lookAtFault } from './prove-repair.ts';
import { recordProposal } from './record-proposal.ts';
import { sealPlan, shapeOf, toSealContext } from './seal-plan.ts';
import { settleOpenEffects } from './settle-open-effects.ts';
import { lookWithin } from './with-timeout.ts';

type Diagnosed = Pick<RepairPlanning, 'diagnosis'>;

/**
 * The thinking half of a repair: settles what is open, observes, asks the agent what heals this fault, classifies and
 * seals it like any plan. The same plan is not tried twice in one incident. Where rules have none, it is what models said,
 * or the next question for them.
 */
export async function planRepair(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: RepairInput,
): Promise<RepairPlanning> {
  const { issue } = input;
  const [loaded, openEntries] = await Promise.all([
    loadResource(dependencies, input.resource),
    dependencies.state.ledger.listOpen(input.resource),
  ]);
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
  const open = await settleOpenEffects(dependencies, scope, input, openEntries);
  if (open.length > 0) return { ...base, ...byRules('an effect is open'), type: 'outcome-unknown', open };

  const { log, runbooks, models } = dependencies;
  const observed = await observeResource(resource, { signal: scope.signal, log });
  const byObserving = byRules(causeOf(observed.delta));
  const block = (code: Block['code'], message: string, diagnosed: Diagnosed = byObserving): RepairPlanning => ({
    ...base,
    ...diagnosed,
    type: 'blocked',
    block: { code, message, retry: false },
  });
  if (observed.observation.type === 'unreachable') return block('UNREACHABLE', observed.observation.cause);
  const hold = findHold(dependencies, observed);
  if (hold !== undefined) return block(hold.code, hold.message);
  // Its removal waits for whom it must, and is no repair.
  if (observed.desired === undefined) return block('LEFT_ALONE', noLongerWanted);
  const nothing = { type: 'nothing', queue: scope.queue, recorded: true } as const;
  const faulty = await findFaultyDependency(dependencies, scope, observed);
  if (faulty !== undefined) {
    const { isGood } = await lookAtFault(dependencies, scope, input);
    return isGood
      ? { ...base, ...byObserving, ...nothing, isGone: true }
      : { ...base, ...byRules(faulty.message), type: 'blocked', block: faulty };
  }
  const { agent, desiredState, actualState } = observed;
  const seal = (plan: ExecutionPlan, plannedBy?: ModelName) =>
    sealPlan(plan, observed, { ...toSealContext(dependencies, scope, input, observed), plannedBy });
  /** A plan that was checked, on record from now on, unless it was tried or refused before. */
  const take = async (plan: ExecutionPlan, diagnosed: Diagnosed, plannedBy?: ModelName): Promise<RepairPlanning> => {
    const sealed = seal(plan, plannedBy);
    const refused = findRefusal(resource.actual?.status, sealed.identity);
    if (refused !== undefined) {
      const { code, message } = toRefusedBlock(refused, observed.key);
      return block(code, message, diagnosed);
    }
    if (input.triedShapes.includes(sealed.shape)) {
      return block('NOT_CONVERGED', 'the same repair failed before', diagnosed);
    }
    await recordProposal(dependencies, scope, sealed, () => 'unchanged');
    return { ...base, ...diagnosed, type: 'plan', sealed };
  };
  try {
    const named = findRunbooks(runbooks, issue.type, resource.key.kind);
    const route = models.route({ purpose: 'diagnosis' });
    const context = { log, failures: input.failures, runbooks: named };
    const heal = () =>
      lookWithin(`${agent.name}.heal`, thinkingTimeoutMs, scope.signal, (signal) =>
        agent.heal({ ...context, signal }, issue, desiredState, actualState),
      );
    const known = await healByRules(heal, route.length > 0);
    if (known !== undefined) checkPlan(known, agent.tools());
    if (known !== undefined && known.steps.length > 0) {
      const isTried = input.triedShapes.includes(shapeOf(known.steps));
      if (!isTried || route.length === 0) return await take(known, byRules(known.reasoning, namesOf(known, named)));
    }
    const seen = await lookAtFault(dependencies, scope, input);
    if (seen.isGood) return { ...base, ...byObserving, ...nothing, isGone: true };
    if (route.length === 0) return { ...base, ...byObserving, ...nothing };

    // Rules know nothing, or what they know has failed.
    const asked = await planByModels(dependencies, observed, input, named);
    const diagnosed = { diagnosis: asked.diagnosis ?? byObserving.diagnosis };
    if (asked.type === 'ask') return { ...base, ...diagnosed, type: 'ask-model', ...asked.question, route };
    checkPlan(asked.plan, agent.tools());
    return asked.plan.steps.length === 0
      ? { ...base, ...diagnosed, ...nothing }
      : await take(asked.plan, diagnosed, asked.plannedBy);
  } catch (error) {
    const [first] = toCodedErrors(error);
    if (!(first instanceof HomeostatError) || isStoreFault(first)) throw error;
    return block(first.code, first.message);
  }
}

/** What the agent's rules heal it with. Undefined: none knows, and somebody else can be asked. */
async function healByRules(heal: () => Promise<ExecutionPlan>, canAsk: boolean): Promise<ExecutionPlan | undefined> {
  try {
    return await heal();
  } catch (error) {
    if (canAsk && error instanceof HomeostatError && error.code === 'NO_RULE') return undefined;
    throw toAuthorsError(error, 'PLANNING_FAILED');
  }
}

function byRules(cause: string, runbooks: readonly string[] = []): Diagnosed {
  return { diagnosis: { cause, cites: [], by: 'rules', ...(runbooks.length === 0 ? {} : { runbooks }) } };
}

/** Runbooks that a plan of the rules says it follows; only such as there are. */
function namesOf({ runbooks = [] }: ExecutionPlan, named: readonly Runbook[]): readonly string[] {
  return named.map(({ name }) => name).filter((name) => runbooks.includes(name));
}

function causeOf({ type, changes }: Awaited<ReturnType<typeof observeResource>>['delta']): string {
  if (type === 'none') return 'nothing differs from what is desired';
  const fields = changes.map(({ path }) => path).join(', ');
  return fields === '' ? `it is to be ${type}d` : `it differs from what is desired in ${fields}`;
}
