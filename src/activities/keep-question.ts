import type { DiagnosisQuestion } from '../domain/diagnosis.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { PlanQuestion } from '../domain/plan-question.ts';
import { maximumBlobBytes } from '../state/blobs.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Keeps a question where `askModel` finds it, under the digest that is returned. Throws a `PLANNING_FAILED` for one that
 * is too large: what is desired or observed may be smaller another time.
 */
export async function keepQuestion(
  { state }: Pick<ActivityDependencies, 'state'>,
  question: PlanQuestion | DiagnosisQuestion,
): Promise<string> {
  const text = JSON.stringify(question);
  const size = Buffer.byteLength(text);
  if (size <= maximumBlobBytes) return state.blobs.put(question.resource.tenant, text);
  throw new HomeostatError('PLANNING_FAILED', {
    path: 'question',
    problem: `no model can be asked: the question has ${size} bytes, at most ${maximumBlobBytes} are kept`,
    remedy: 'make the spec smaller, or write a rule',
  });
}

/** Whether it is small enough to be asked at all. */
export function canBeKept(question: PlanQuestion | DiagnosisQuestion): boolean {
  return Buffer.byteLength(JSON.stringify(question)) <= maximumBlobBytes;
}
