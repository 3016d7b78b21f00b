import { patched } from '@temporalio/workflow';
import { complexities, type ModelChoice, type ModelProvider, type ModelRoute } from '../domain/model-route.ts';
import type { AskedModel, Block, PlanningResult, Question, RunReference } from '../domain/run.ts';
import { toActivityFault, type ActivityFault } from './activity-fault.ts';
import { observeAndPlan } from './observe.ts';
import { askingActivities } from './proxies.ts';
import { toReference, type RunContext } from './run-context.ts';

/** How often what is asked may change under our hands before we give up for now. */
const maximumAsks = 3;

/**
 * Observes and plans, and where rules do not do asks models for a plan. The answer goes back to where the question came
 * from, which observes again and uses it only if it still is an answer to what is asked then.
 */
export async function planWithModels(run: RunContext): Promise<Exclude<PlanningResult, { type: 'ask-model' }>> {
  const { retryAsked } = run.inbox;
  let planning = await observeAndPlan(run);
  for (let asks = 0; planning.type === 'ask-model'; asks += 1) {
    if (asks === maximumAsks) {
      const message = 'changes faster than a model can plan for it';
      return toBlocked(planning, { code: 'PLANNING_FAILED', message, retry: true });
    }
    const asked = await askModels(toReference(run), planning);
    if (asked.type === 'failed') return toBlocked(planning, asked.block);
    run.inbox.retryAsked ||= retryAsked;
    planning = await observeAndPlan(run, asked.answer.answer);
  }
  return planning;
}

export type AskedModels =
  { readonly type: 'answered'; readonly answer: AskedModel } | { readonly type: 'failed'; readonly block: Block };

/** Asks the models of a route in their order, each on its provider's queue, until one answers. */
export async function askModels(reference: RunReference, { question, route }: Question): Promise<AskedModels> {
  const failures: string[] = [];
  let left = route;
  for (let choice = left[0]; choice !== undefined; choice = left[0]) {
    const { provider, model } = choice;
    try {
      const summary = `ask ${provider} ${model}`;
      const answer = await askingActivities(provider, summary).askModel({ ...reference, question, choice });
      return { type: 'answered', answer };
    } catch (error) {
      const { code, message } = toAskingFault(error, provider);
      // No other provider's money is spent when the tenant's is.
      if (code === 'BUDGET_SPENT') return { type: 'failed', block: { code, message, retry: true } };
      failures.push(`${provider} ${model}: ${message}`);
      const isBadAnswer = code === 'MODEL_ANSWER_INVALID' || code === 'MODEL_REFUSED';
      const rest = left.slice(1);
      left = isBadAnswer ? afterBadAnswer(choice, rest) : rest.filter((other) => other.provider !== provider);
    }
  }
  const message = failures.join('; ').slice(0, 4_000);
  return { type: 'failed', block: { code: 'PLANNING_FAILED', message, retry: true } };
}

/** Why a provider gave no answer. No host owns its queue: what nobody takes there is over its rate, or nobody asks it. */
export function toAskingFault(error: unknown, provider: ModelProvider): ActivityFault {
  const fault = toActivityFault(error);
  if (fault.code !== 'HOST_UNREACHABLE') return fault;
  const path = `models.${provider}`;
  const problem = `waited ten minutes in its queue: over ${path}.callsPerMinute, or no runtime asks it`;
  return { code: 'MODEL_UNAVAILABLE', message: `MODEL_UNAVAILABLE ${path}: ${problem}` };
}

/** Whom a bad answer leaves to be asked: the bigger models, then those whose providers have none bigger. */
function afterBadAnswer({ complexity }: ModelChoice, rest: ModelRoute): ModelRoute {
  const bigger = rest.filter((other) => complexities.indexOf(other.complexity) > complexities.indexOf(complexity));
  const others = rest.filter(({ provider }) => !bigger.some((choice) => choice.provider === provider));
  return others.length > 0 && patched('bad-answer-goes-to-others') ? [...bigger, ...others] : bigger;
}

function toBlocked(
  { readRevision, desiredRevision }: Pick<PlanningResult, 'readRevision' | 'desiredRevision'>,
  block: Block,
): Extract<PlanningResult, { type: 'blocked' }> {
  return { format: 1, type: 'blocked', readRevision, desiredRevision, block };
}
