import { cutToLength } from '../domain/cut-to-length.ts';
import type { DiagnosisAnswer, DiagnosisQuestion } from '../domain/diagnosis.ts';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import type { ModelChoice } from '../domain/model-route.ts';
import type { ModelUsage } from '../domain/model-usage.ts';
import type { PlanAnswer, PlanQuestion } from '../domain/plan-question.ts';
import type { AskedModel, AskModelInput } from '../domain/run.ts';
import type { Conversation } from '../planners/converse.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies, ModelDesk } from './dependencies.ts';
import { goneQuestion, prepareQuestion } from './model-questions.ts';

/**
 * Asks one model for a plan, or for what evidence shows, unless the same was asked of it before and the answer still
 * holds: a retried attempt, or the next run with the same question, gets what is on record. That it was asked, why, and
 * what it cost goes on record too, whatever came of it: a provider that gave no answer is there with no calls. Nobody is
 * asked while nothing can be put on record. Decides nothing: a plan is checked again, classified and sealed like any other.
 */
export async function askModel(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { resource, question: questionDigest, choice }: AskModelInput,
): Promise<AskedModel> {
  const { state, registry, models, log } = dependencies;
  const { tenant } = resource;
  const questionText = await state.blobs.get(tenant, questionDigest);
  if (questionText === undefined) throw goneQuestion();
  const question = JSON.parse(questionText) as PlanQuestion | DiagnosisQuestion;
  const { agent } = registry.ownerOf(resource.kind);
  const prepared = await prepareQuestion(dependencies, scope, question, choice);
  const { identity } = prepared;
  const record = await state.modelPlans.find(tenant, identity, models.settings.planLifetimeMs);
  const recordedAnswer = record === undefined ? undefined : await state.blobs.get(tenant, record.answer);
  if (record !== undefined && recordedAnswer !== undefined) {
    const { choice: chosen, notes } = JSON.parse(recordedAnswer) as PlanAnswer | DiagnosisAnswer;
    const { answer, usage, transcript } = record;
    return { answer, usage, reused: true, choice: chosen, notes, ...(transcript === undefined ? {} : { transcript }) };
  }

  await checkBudget(dependencies, tenant);
  // A store that takes no write refuses here, before anybody is paid.
  await state.blobs.put(tenant, questionText);
  const conversation = await prepared.ask(models.modelOf(choice));
  const { outcome, calls, notes } = conversation;
  // Interrupted by the end of this runtime: the next attempt asks, and is on record.
  if (calls === 0 && outcome.type === 'failed' && scope.signal.aborted) throw outcome.error;

  const usage = toUsage(models, choice, conversation);
  const transcriptDigest =
    calls === 0 ? undefined : await keepTranscript(dependencies, scope, question, choice, conversation, usage);
  const transcript = transcriptDigest === undefined ? {} : { transcript: transcriptDigest };
  const detail = {
    ...choice,
    ...usage,
    ...('asks' in question ? { asks: question.asks } : {}),
    notes,
    ...transcript,
    ...(outcome.type === 'failed' ? { error: cutToLength(describeThrown(outcome.error), 500) } : {}),
  };
  const call = { resource, agent: agent.name, usage, detail };
  if (outcome.type === 'failed') {
    await state.modelPlans.account(call, scope);
    throw outcome.error;
  }
  const answer = { format: 1, ...outcome.result, choice, notes, usage } satisfies PlanAnswer | DiagnosisAnswer;
  const answerDigest = await state.blobs.put(tenant, JSON.stringify(answer));
  const plan = { identity, question: questionDigest, answer: answerDigest, ...transcript };
  await state.modelPlans.account({ ...call, plan }, scope);
  log.info({ ...choice, ...usage, notes }, 'a model has answered');
  return { answer: answerDigest, usage, reused: false, choice, notes, ...transcript };
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

function toUsage(models: ModelDesk, choice: ModelChoice, { calls, usage }: Conversation<unknown>): ModelUsage {
  return { calls, ...usage, costMicros: models.costMicros(choice, usage) };
}

/** A full disk must not cost the plan that was paid for. */
async function keepTranscript(
  { models, log }: ActivityDependencies,
  { workflowId, runId }: ActivityScope,
  { resource, agent, ...asked }: PlanQuestion | DiagnosisQuestion,
  choice: ModelChoice,
  { outcome, system, messages, notes }: Conversation<unknown>,
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
      outcome: outcome.type === 'failed' ? describeThrown(outcome.error) : 'asks' in asked ? 'diagnosed' : 'planned',
      notes,
      usage,
    });
  } catch (error) {
    log.warn({ cause: describeThrown(error) }, 'cannot keep what was said with a model');
    return undefined;
  }
}
