import {
  complexities,
  type Complexity,
  type ModelProvider,
  type ModelRoute,
  type ModelTask,
} from '../domain/model-route.ts';

/** The models a runtime may ask: the nine slots, of which only configured providers count. */
export interface RouterSettings {
  /** Preference, best first. */
  readonly order: readonly ModelProvider[];
  /** Providers that can be asked: a key is there, or for Ollama an address. */
  readonly configured: ReadonlySet<ModelProvider>;
  readonly slots: Readonly<Record<ModelProvider, Readonly<Record<Complexity, string>>>>;
}

/** An update of more fields than this is as hard as a new resource. */
const simpleChanges = 8;

/**
 * Which models to ask for a task, the first first: those of its complexity, then the next bigger of each, for when answers
 * are no good. Pure: the same task and settings give the same route.
 */
export function routeTask(task: ModelTask, { order, configured, slots }: RouterSettings): ModelRoute {
  const { complexity, reason } = judgeComplexity(task);
  const providers = [...new Set(order)].filter((provider) => configured.has(provider));
  const first = providers.map((provider, place) => ({
    provider,
    model: slots[provider][complexity],
    complexity,
    reason: `${reason}: ${complexity}; ${place === 0 ? 'preferred provider' : `stands in for ${providers[place - 1]}`}`,
  }));
  const bigger = complexities[complexities.indexOf(complexity) + 1];
  if (bigger === undefined) return first;
  const second = first
    .filter(({ provider, model }) => slots[provider][bigger] !== model)
    .map(({ provider, model }) => ({
      provider,
      model: slots[provider][bigger],
      complexity: bigger,
      reason: `${reason}: ${bigger}, bigger than ${model}`,
    }));
  return [...first, ...second];
}

/** How hard a task is, and why. A large delta makes it harder, nothing makes it easier. */
export function judgeComplexity(task: ModelTask): { readonly complexity: Complexity; readonly reason: string } {
  const { purpose, operation, changes = 0, resources = 1 } = task;
  if (purpose === 'diagnosis') return { complexity: 'high', reason: 'diagnosis for healing' };
  if (purpose === 'orchestration') return { complexity: 'high', reason: 'plan over several resources' };
  if (resources > 1) return { complexity: 'high', reason: `${resources} resources at once` };
  if (purpose === 'status') return { complexity: 'low', reason: 'status check' };
  if (operation === 'create') return { complexity: 'medium', reason: 'provisioning of one resource' };
  if (changes > simpleChanges) return { complexity: 'medium', reason: `change of ${changes} fields` };
  return { complexity: 'low', reason: operation === 'delete' ? 'simple delete' : 'simple change' };
}
