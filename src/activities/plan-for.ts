import type { AgentContext } from '../agents/agent.ts';
import type { DiagnosisAnswer } from '../domain/diagnosis.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { ModelName, ModelTask } from '../domain/model-route.ts';
import type { ExecutionPlan } from '../domain/plan.ts';
import {
  goalAnnotation,
  questionIdentity,
  type IncidentFacts,
  type PlanAnswer,
  type PlanQuestion,
} from '../domain/plan-question.ts';
import type { Question } from '../domain/run.ts';
import { toExecutionPlan } from '../planners/to-execution-plan.ts';
import { toAuthorsError } from './authors-error.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { modeOf } from './hold-back.ts';
import { canBeKept, keepQuestion } from './keep-question.ts';
import type { ComparedResource } from './observe-resource.ts';
import { policyDigestOf, shapeOf } from './seal-plan.ts';
import { lookWithin } from './with-timeout.ts';

/** How long an agent may think about one plan. Shorter than the activity's own time-out, so that the answer is ours. */
export const thinkingTimeoutMs = 45_000;

/** What was said and tried before in this run. */
export interface Circumstances {
  readonly failures: readonly string[];
  readonly triedShapes: readonly string[];
  /** Digest of a model's answer. */
  readonly answer?: string;
}

export interface Planned {
  readonly plan: ExecutionPlan;
  /** Digest of the model's answer that it is from; absent: rules made it. */
  readonly answer?: string;
  readonly plannedBy?: ModelName;
}

/**
 * The plan for what differs: by rules where the change is known, else by a model's answer, else the question for one. An
 * answer is used only if it is one to what is asked now: desired or the world may have moved since. Where the
 * question is too large, the rules' plan is tried again, and a `PLANNING_FAILED` thrown where they have none.
 */
export async function planFor(
  { state, models, settings }: Pick<ActivityDependencies, 'state' | 'models' | 'settings'>,
  resource: ComparedResource,
  context: AgentContext,
  { triedShapes, answer: digest }: Circumstances,
): Promise<Planned | Question> {
  const { agent } = resource;
  const policy = policyDigestOf(modeOf(resource, settings));
  const question = toPlanQuestion(resource, { policy, failures: context.failures });
  const route = models.route(toTask(question));
  const isForModel = models.planningOf(agent) === 'model' || question.goal !== undefined;
  if (route.length === 0 || !isForModel) {
    const known = await planByRules(resource, context, route.length > 0);
    // What the rules know has failed in this run; a model may know more.
    const isNew = known !== undefined && !triedShapes.includes(shapeOf(known.steps));
    if (known !== undefined && (isNew || route.length === 0 || !canBeKept(question))) return { plan: known };
  }
  const { tenant } = resource.key;
  const answer = digest === undefined ? undefined : await loadAnswer<PlanAnswer>(state, tenant, digest);
  if (digest !== undefined && answer?.identity === questionIdentity(question)) {
    const plannedBy = toModelName(answer);
    return { plan: toExecutionPlan(answer.steps, agent.tools(), answer.reasoning), answer: digest, plannedBy };
  }
  return { question: await keepQuestion({ state }, question), route };
}

async function planByRules(
  { agent, desiredState, actualState }: ComparedResource,
  context: AgentContext,
  mayKnowNone: boolean,
): Promise<ExecutionPlan | undefined> {
  try {
    return await lookWithin(`${agent.name}.reconcile`, thinkingTimeoutMs, context.signal, (signal) =>
      agent.reconcile({ ...context, signal }, desiredState, actualState),
    );
  } catch (error) {
    if (mayKnowNone && error instanceof HomeostatError && error.code === 'NO_RULE') return undefined;
    throw toAuthorsError(error, 'PLANNING_FAILED');
  }
}

interface AskedFor {
  readonly policy: string;
  /** What failed in this run, in whoever's words. */
  readonly failures: readonly string[];
  /** Where it is a repair; with the steps of earlier ones. */
  readonly incident?: IncidentFacts;
  readonly tried?: readonly string[];
}

/** What is asked for one resource; the one place where it is said. No planner reads what a failure quotes. */
export function toPlanQuestion(
  { key, agent, delta, desiredState, actualState }: ComparedResource,
  { policy, failures, incident, tried = [] }: AskedFor,
): PlanQuestion {
  const goal = desiredState?.annotations[goalAnnotation];
  return {
    format: 1,
    resource: key,
    agent: agent.name,
    delta,
    ...(desiredState === undefined ? {} : { desired: desiredState }),
    ...(actualState === undefined ? {} : { actual: actualState }),
    ...(goal === undefined ? {} : { goal }),
    policy,
    failures: [...failures.map(toKnownWords), ...tried],
    ...(incident === undefined ? {} : { incident }),
  };
}

const knownWords =
  /^(?:[A-Z][A-Z_]+(?: [\w./[\]-]{1,100}(?=:))?|(?:still )?differs in [\w., [\]/-]{1,200}$|still to [a-z]+$)/;

/** What is ours of a failure: its code and its place, such as the tool or the field. The rest may quote a log. */
function toKnownWords(failure: string): string {
  // A path names the tenant, and folders of ours.
  return knownWords.exec(failure)?.[0].replace(/ \S*\/(?=[A-Z]\w*\/[\w.-]+$)/, ' ') ?? 'failed';
}

export function toModelName({ choice: { provider, model } }: Pick<PlanAnswer, 'choice'>): ModelName {
  return { provider, model };
}

/** What a model said, kept under its digest. */
export async function loadAnswer<Answer extends PlanAnswer | DiagnosisAnswer>(
  state: ActivityDependencies['state'],
  tenant: string,
  digest: string,
): Promise<Answer | undefined> {
  const text = await state.blobs.get(tenant, digest);
  return text === undefined ? undefined : (JSON.parse(text) as Answer);
}

function toTask({ delta }: PlanQuestion): ModelTask {
  const { type, changes } = delta;
  return { purpose: 'change', ...(type === 'none' ? {} : { operation: type }), changes: changes.length };
}
