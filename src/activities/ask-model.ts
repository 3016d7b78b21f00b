import { digestOf } from '../domain/canonical.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { ModelChoice, ModelUsage } from '../domain/model-route.ts';
import { questionIdentity, type PlanAnswer, type PlanQuestion } from '../domain/plan-question.ts';
import type { AskedModel, AskModelInput } from '../domain/run.ts';
import { planByModel } from '../planners/model-planner.ts';
import { promptVersion } from '../planners/plan-prompt.ts';
import { toolDigestOf } from '../tools/tool-schema.ts';
import type { AnyTool } from '../tools/tool.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Asks one model for a plan, unless the same was asked of it before and the answer still holds: a retried attempt, or the
 * next run with the same question, gets the plan that is on record. What it cost goes on record too. Decides nothing:
 * the plan is checked again, classified and sealed like any other.
 */
export async function askModel(
  { state, registry, models, log }: ActivityDependencies,
  scope: ActivityScope,
  { resource, question: digest, choice }: AskModelInput,
): Promise<AskedModel> {
  const { tenant } = resource;
  const text = await state.blobs.get(tenant, digest);
  if (text === undefined) {
    throw new HomeostatError('PLANNING_FAILED', { path: 'question', problem: 'what was to be asked is gone' });
  }
  const question = JSON.parse(text) as PlanQuestion;
  const { agent } = registry.ownerOf(resource.kind);
  const tools = agent.tools();
  const identity = planIdentity(question, tools, choice);
  const known = await state.modelPlans.find(tenant, identity, models.settings.planLifetimeMs);
  if (known !== undefined) return { answer: known.answer, usage: known.usage, reused: true };

  const { budgetMicros } = models.settings;
  const spent = await state.modelPlans.spentToday(tenant);
  if (budgetMicros !== undefined && spent.costMicros >= budgetMicros) {
    throw new HomeostatError('BUDGET_SPENT', {
      path: 'models.dailyBudget',
      problem: `tenant ${tenant} has spent ${spent.costMicros / 1e6} of ${budgetMicros / 1e6} today`,
      remedy: 'raise it, or wait for tomorrow (UTC)',
    });
  }
  const {
    steps,
    reasoning,
    usage: tokens,
    calls,
  } = await planByModel(models.modelOf(choice), {
    question,
    purpose: agent.purpose,
    tools,
    signal: scope.signal,
    deadlineMs: models.settings.deadlineMs,
  });
  const usage: ModelUsage = { calls, ...tokens, costMicros: models.costMicros(choice, tokens) };
  const answer: PlanAnswer = { format: 1, identity: questionIdentity(question), choice, steps, reasoning, usage };
  const stored = await state.blobs.put(tenant, JSON.stringify(answer));
  const detail = { ...choice, ...usage, modelCalls: calls, question: digest, answer: stored };
  await state.modelPlans.keep(resource, identity, { answer: stored, usage }, detail, scope);
  log.info({ ...choice, ...usage }, 'a model has planned');
  return { answer: stored, usage, reused: false };
}

/** Plan identity (design, issue 5): the question, the tools, the prompt and the model. */
function planIdentity(question: PlanQuestion, tools: readonly AnyTool[], { provider, model }: ModelChoice): string {
  return digestOf({
    question: questionIdentity(question),
    tools: tools.map(toolDigestOf),
    prompt: promptVersion,
    provider,
    model,
  });
}
