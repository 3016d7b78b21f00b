import { LifecycleState } from '../domain/actual.ts';
import { didYouMean } from '../domain/closest.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { ShownStatus } from '../starters/shown-resource.ts';

/** What is waited for. */
export type Goal =
  /** As desired at its newest version, or gone; that it is blocked as it was with the status `after` is no answer. */
  | { readonly type: 'converged' | 'deleted'; readonly after?: ShownStatus }
  | { readonly type: 'state'; readonly state: LifecycleState }
  | { readonly type: 'condition'; readonly condition: string; readonly status: 'True' | 'False' };

const states = Object.values(LifecycleState).filter((state) => state !== LifecycleState.Deleted);
/** The words for which nothing has to be filled in. */
export const goalWords = ['converged', 'deleted', ...states.map((state) => `state=${state}`)];
const words = [...goalWords, 'condition=<Type>', 'condition=<Type>=False'];

/** Reads `converged`, `deleted`, `state=Running` (or `Running`), `condition=Ready`, `condition=Ready=False`. */
export function parseGoal(text: string): Goal {
  const lower = text.toLowerCase();
  if (lower === 'converged' || lower === 'deleted') return { type: lower };
  const state = states.find((one) => [one.toLowerCase(), `state=${one.toLowerCase()}`].includes(lower));
  if (state !== undefined) return { type: 'state', state };
  const [, condition, status = 'true'] = /^condition=([A-Za-z][A-Za-z0-9]{0,62})(?:=(true|false))?$/i.exec(text) ?? [];
  if (condition !== undefined) {
    return { type: 'condition', condition, status: status.toLowerCase() === 'true' ? 'True' : 'False' };
  }
  throw new HomeostatError('INVALID_VALUE', {
    path: '--for',
    problem: 'nothing that can be waited for',
    got: text,
    remedy: didYouMean(text, words, `there is ${words.join(', ')}`),
  });
}
