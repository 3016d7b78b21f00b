import type { AgentContext } from '../agents/agent.ts';
import { HomeostatError } from '../domain/failure.ts';
import { goalAnnotation, questionIdentity, type PlanAnswer, type PlanQuestion } from '../domain/plan-question.ts';
import type { ModelTask } from '../domain/model-route.ts';
import type { Question } from '../domain/run.ts';
import type { ExecutionPlan } from '../domain/plan.ts';
import { toExecutionPlan } from '../planners/to-execution-plan.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { ObservedResource } from './load-resource.ts';

/**
 * The plan for what differs: by rules where the change is known, else by a model's answer, else the question for one. The
 * answer is used only if it is one to what is asked now: desired or the world may have moved since.
 */
export async function planFor(
  { state, models }: Pick<ActivityDependencies, 'state' | 'models'>,
  resource: ObservedResource,
  context: AgentContext,
  answerDigest: string | undefined,
): Promise<ExecutionPlan | Question> {
  const { agent, desiredState, actualState } = resource;
  const question = toQuestion(resource, context.failures);
  const route = models.route(toTask(question));
  const askFirst = route.length > 0 && (agent.planning === 'model' || question.goal !== undefined);
  if (!askFirst) {
    try {
      return await agent.reconcile(context, desiredState, actualState);
    } catch (error) {
      if (!(error instanceof HomeostatError) || error.code !== 'NO_RULE' || route.length === 0) throw error;
    }
  }
  const { tenant } = resource.key;
  const answer = answerDigest === undefined ? undefined : await readAnswer(state, tenant, answerDigest);
  if (answer?.identity === questionIdentity(question)) {
    return toExecutionPlan(answer.steps, agent.tools(), answer.reasoning);
  }
  return { question: await state.blobs.put(tenant, JSON.stringify(question)), route };
}

function toQuestion(resource: ObservedResource, failures: readonly string[]): PlanQuestion {
  const { key, agent, delta, desiredState, actualState } = resource;
  const goal = desiredState?.annotations[goalAnnotation];
  return {
    format: 1,
    resource: key,
    agent: agent.name,
    delta,
    ...(desiredState === undefined ? {} : { desired: desiredState }),
    ...(actualState === undefined ? {} : { actual: actualState }),
    ...(goal === undefined ? {} : { goal }),
    failures,
  };
}

async function readAnswer(
  state: ActivityDependencies['state'],
  tenant: string,
  digest: string,
): Promise<PlanAnswer | undefined> {
  const text = await state.blobs.get(tenant, digest);
  return text === undefined ? undefined : (JSON.parse(text) as PlanAnswer);
}

function toTask({ delta }: PlanQuestion): ModelTask {
  const { type, changes } = delta;
  return { purpose: 'change', ...(type === 'none' ? {} : { operation: type }), changes: changes.length };
}
