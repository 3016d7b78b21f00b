import { digestOf } from '../domain/canonical.ts';
import { HomeostatError } from '../domain/failure.ts';
import { questionIdentity, type PlanAnswer, type PlanQuestion } from '../domain/plan-question.ts';
import type { AskedModel, AskModelInput } from '../domain/run.ts';
import { checkPlan } from '../planners/check-plan.ts';
import { toExecutionPlan } from '../planners/to-execution-plan.ts';
import { toolDigestOf } from '../tools/tool-schema.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Asks one model for a plan, unless the same was asked of the same model before and its answer still holds; so a retried
 * attempt, or the next run with the same question, gets the plan that is on record. What it cost goes on record too.
 * Decides nothing: the plan is checked, classified and sealed like any other.
 */
export async function askModel(
  { state, registry, models, log }: ActivityDependencies,
  scope: ActivityScope,
  { resource, question: digest, route }: AskModelInput,
): Promise<AskedModel> {
  const { tenant } = resource;
  const text = await state.blobs.get(tenant, digest);
  if (text === undefined) {
    throw new HomeostatError('PLAN_STALE', { path: 'question', problem: 'what was to be asked is gone' });
  }
  const question = JSON.parse(text) as PlanQuestion;
  const { agent, kind } = registry.ownerOf(resource.kind);
  const identity = questionIdentity(question);
  const tools = agent.tools();
  const key = digestOf({ identity, route: [route.provider, route.model], tools: tools.map(toolDigestOf), prompt: models.promptVersion });
  const known = await state.plans.find(tenant, key);
  if (known !== undefined) return { answer: known.answer, usage: known.usage, reused: true };

  await state.usage.checkBudget(tenant, models.budgetMicros);
  const planned = await models.plan(question, route, {
    purpose: agent.purpose,
    tools,
    specSchema: kind.spec,
    signal: scope.signal,
    check: (steps, reasoning) => checkPlan(toExecutionPlan(steps, tools, reasoning), tools),
  });
  const answer: PlanAnswer = { format: 1, identity, route, ...planned };
  const stored = await state.blobs.put(tenant, JSON.stringify(answer));
  await state.plans.keep(tenant, key, { answer: stored, usage: planned.usage });
  await state.usage.note(resource, route, planned.usage, { question: digest, answer: stored }, scope);
  const { usage } = planned;
  log.info({ ...route, ...usage }, 'a model has planned');
  return { answer: stored, usage, reused: false };
}
