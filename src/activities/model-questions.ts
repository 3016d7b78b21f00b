import { digestOf } from '../domain/canonical.ts';
import { diagnosisIdentity, type DiagnosisAnswer, type DiagnosisQuestion } from '../domain/diagnosis.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { EvidenceItem } from '../domain/heal.ts';
import type { ModelChoice } from '../domain/model-route.ts';
import { questionIdentity, type PlanAnswer, type PlanQuestion } from '../domain/plan-question.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import type { Conversation } from '../planners/converse.ts';
import { diagnosisPromptVersion } from '../planners/diagnosis-prompt.ts';
import { diagnoseByModel } from '../planners/model-diagnosis.ts';
import { planByModel } from '../planners/model-planner.ts';
import { promptVersion } from '../planners/plan-prompt.ts';
import { toolDigestOf } from '../tools/tool-schema.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { findUnknownResources } from './unknown-resources.ts';

/** What an answer holds besides what every answer holds: who said it, and what it cost. */
type Said = Pick<PlanAnswer, 'identity' | 'steps' | 'reasoning'> | Pick<DiagnosisAnswer, 'identity' | 'fields'>;

/** One question for a model, ready to be asked. */
export interface PreparedQuestion {
  readonly question: PlanQuestion | DiagnosisQuestion;
  /** Of the question with all that the answer depends on: the tools, the prompt, the model slot. */
  readonly identity: string;
  ask(model: LanguageModel): Promise<Conversation<Said>>;
}

/** Reads what is to be asked. What there is besides plans is told by `asks`. */
export async function prepareQuestion(
  dependencies: ActivityDependencies,
  { signal }: ActivityScope,
  question: PlanQuestion | DiagnosisQuestion,
  { provider, model: slot, complexity }: ModelChoice,
): Promise<PreparedQuestion> {
  const { registry, models, state } = dependencies;
  const { tenant, kind } = question.resource;
  const { deadlineMs } = models.settings;
  const choice = { provider, model: slot, complexity };
  if ('asks' in question) {
    const identity = diagnosisIdentity(question);
    const text = await state.blobs.get(tenant, question.evidence);
    if (text === undefined) throw goneQuestion();
    const evidence = JSON.parse(text) as readonly EvidenceItem[];
    return {
      question,
      identity: digestOf({ question: identity, prompt: diagnosisPromptVersion, slot: choice }),
      ask: async (model) =>
        withResult(await diagnoseByModel(model, { question, evidence, signal, deadlineMs }), (fields) => ({
          identity,
          fields,
        })),
    };
  }
  const { agent } = registry.ownerOf(kind);
  const tools = agent.tools();
  const identity = questionIdentity(question);
  const judge = (steps: PlanAnswer['steps']) => findUnknownResources(dependencies, tenant, steps);
  return {
    question,
    identity: digestOf({
      question: identity,
      tools: tools.map(toolDigestOf),
      prompt: promptVersion,
      slot: choice,
    }),
    ask: async (model) =>
      withResult(
        await planByModel(model, { question, purpose: agent.purpose, tools, judge, signal, deadlineMs }),
        (plan) => ({ identity, ...plan }),
      ),
  };
}

export function goneQuestion(): HomeostatError {
  return new HomeostatError('PLANNING_FAILED', { path: 'question', problem: 'what was to be asked is gone' });
}

function withResult<From, To>(conversation: Conversation<From>, map: (result: From) => To): Conversation<To> {
  const { outcome } = conversation;
  return {
    ...conversation,
    outcome: outcome.type === 'failed' ? outcome : { type: 'answered', result: map(outcome.result) },
  };
}
