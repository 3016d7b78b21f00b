import { digestOf } from '../domain/canonical.ts';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import type { ModelChoice } from '../domain/model-route.ts';
import type { ModelUsage } from '../domain/model-usage.ts';
import { questionIdentity, type PlanAnswer, type PlanQuestion } from '../domain/plan-question.ts';
import type { AskedModel, AskModelInput } from '../domain/run.ts';
import { planByModel, type ModelPlanning } from '../planners/model-planner.ts';
import { promptVersion } from '../planners/plan-prompt.ts';
import { toolDigestOf } from '../tools/tool-schema.ts';
import type { AnyTool } from '../tools/tool.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies, ModelDesk } from './dependencies.ts';
import { findUnknownResources } from './unknown-resources.ts';

/**
 * Asks one model for a plan, unless the same was asked of it before and the answer still holds: a retried attempt, or the
 * next run with the same question, gets the plan that is on record. What it cost goes on record too, plan or no plan.
 * Decides nothing: the plan is checked again, classified and sealed like any other.
 */
export async function askModel(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { resource, question: asked, choice }: AskModelInput,
): Promise<AskedModel> {
  const { state, registry, models, log } = dependencies;
  const { tenant } = resource;
  const text = await state.blobs.get(tenant, asked);
  if (text === undefined) {
    throw new HomeostatError('PLANNING_FAILED', { path: 'question', problem: 'what was to be asked is gone' });
  }
  const question = JSON.parse(text) as PlanQuestion;
  const { agent } = registry.ownerOf(resource.kind);
  const tools = agent.tools();
  const identity = planIdentity(question, tools, choice);
  const known = await state.modelPlans.find(tenant, identity, models.settings.planLifetimeMs);
  const kept = known === undefined ? undefined : await state.blobs.get(tenant, known.answer);
  if (known !== undefined && kept !== undefined) {
    const { choice: chosen, notes } = JSON.parse(kept) as PlanAnswer;
    const { answer, usage, transcript } = known;
    return { answer, usage, reused: true, choice: chosen, notes, ...(transcript === undefined ? {} : { transcript }) };
  }

  await checkBudget(dependencies, tenant);
  const planning = await planByModel(models.modelOf(choice), {
    question,
    purpose: agent.purpose,
    tools,
    judge: (steps) => findUnknownResources(dependencies, tenant, steps),
    signal: scope.signal,
    deadlineMs: models.settings.deadlineMs,
  });
  const { outcome, calls, notes } = planning;
  if (calls === 0 && outcome.type === 'failed') throw outcome.error;

  const usage = toUsage(models, choice, planning);
  const digest = await keepTranscript(dependencies, scope, question, choice, planning, usage);
  const transcript = digest === undefined ? {} : { transcript: digest };
  const detail = {
    ...choice,
    ...usage,
    notes,
    ...transcript,
    ...(outcome.type === 'failed' ? { error: describeThrown(outcome.error).slice(0, 500) } : {}),
  };
  const call = { resource, agent: agent.name, usage, detail };
  if (outcome.type === 'failed') {
    await state.modelPlans.account(call, scope);
    throw outcome.error;
  }
  const { steps, reasoning } = outcome;
  const answer: PlanAnswer = {
    format: 1,
    identity: questionIdentity(question),
    choice,
    steps,
    reasoning,
    notes,
    usage,
  };
  const stored = await state.blobs.put(tenant, JSON.stringify(answer));
  const plan = { identity, question: asked, answer: stored, ...transcript };
  await state.modelPlans.account({ ...call, plan }, scope);
  log.info({ ...choice, ...usage, notes }, 'a model has planned');
  return { answer: stored, usage, reused: false, choice, notes, ...transcript };
}

async function checkBudget({ state, models }: ActivityDependencies, tenant: string): Promise<void> {
  const { budgetMicros } = models.settings;
  if (budgetMicros === undefined) return;
  const { costMicros } = (await state.modelPlans.spentToday(tenant)).total;
  if (costMicros < budgetMicros) return;
  throw new HomeostatError('BUDGET_SPENT', {
    path: 'models.dailyBudget',
    problem: `tenant ${tenant} has spent $${costMicros / 1e6} of $${budgetMicros / 1e6} today`,
    remedy: 'raise it, or wait for tomorrow (UTC)',
  });
}

function toUsage(models: ModelDesk, choice: ModelChoice, { calls, usage }: ModelPlanning): ModelUsage {
  return { calls, ...usage, costMicros: models.costMicros(choice, usage) };
}

/** A full disk must not cost the plan that was paid for. */
async function keepTranscript(
  { models, log }: ActivityDependencies,
  { workflowId, runId }: ActivityScope,
  { resource, agent }: PlanQuestion,
  choice: ModelChoice,
  { outcome, system, messages, notes }: ModelPlanning,
  usage: ModelUsage,
): Promise<string | undefined> {
  try {
    return await models.transcripts.put(resource.tenant, {
      format: 1,
      resource,
      agent,
      workflowId,
      runId,
      at: new Date().toISOString(),
      choice,
      system,
      messages,
      outcome: outcome.type === 'planned' ? 'planned' : describeThrown(outcome.error),
      notes,
      usage,
    });
  } catch (error) {
    log.warn({ cause: describeThrown(error) }, 'cannot keep what was said with a model');
    return undefined;
  }
}

/** Plan identity: the question (with the delta and the policy), the tools, the prompt and the model slot. */
function planIdentity(
  question: PlanQuestion,
  tools: readonly AnyTool[],
  { provider, model, complexity }: ModelChoice,
): string {
  return digestOf({
    question: questionIdentity(question),
    tools: tools.map(toolDigestOf),
    prompt: promptVersion,
    slot: { provider, model, complexity },
  });
}
