import { HomeostatError } from '../domain/failure.ts';
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import type { PlanQuestion } from '../domain/plan-question.ts';
import type { StepDraft } from '../domain/plan.ts';
import { hiddenMark, secretMark } from '../domain/secret-patterns.ts';
import { cutMark } from './fence.ts';

/**
 * Parameters with what stands in a prompt for something that was left out of it: a model that copies such a mark would
 * write it over the real value. A text that holds the same words by itself may be copied.
 */
export function findOwnMarks(
  steps: readonly StepDraft[],
  { delta, desired, actual, goal = '' }: PlanQuestion,
): readonly HomeostatError[] {
  const given = JSON.stringify([delta, desired, actual, goal]);
  const marks = [hiddenMark, secretMark, cutMark].filter((mark) => !given.includes(mark));
  return steps.flatMap(({ parameters }, index) =>
    findMarks(parameters as JsonValue, `steps[${index}].parameters`, marks),
  );
}

function findMarks(value: JsonValue | undefined, path: string, marks: readonly string[]): readonly HomeostatError[] {
  if (typeof value === 'string') {
    const mark = marks.find((one) => value.includes(one));
    return mark === undefined ? [] : [toPlaceholder(path, mark)];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item: JsonValue, index) => findMarks(item, `${path}[${index}]`, marks));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => findMarks(child, `${path}.${key}`, marks));
}

function toPlaceholder(path: string, mark: string): HomeostatError {
  return new HomeostatError('PLAN_INVALID', {
    path,
    problem: `placeholder: ${mark} stands for what you were not shown`,
    remedy: 'leave the field out, or give the real value; a secret is given as {"secretRef": "<its name>"}',
  });
}
