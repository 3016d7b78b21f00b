import { cutMark } from '../domain/cut-to-length.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { JsonValue } from '../domain/json.ts';
import { listTexts } from '../domain/list-texts.ts';
import type { PlanQuestion } from '../domain/plan-question.ts';
import type { StepDraft } from '../domain/plan.ts';
import { hiddenMark, secretMark } from '../domain/secret-patterns.ts';

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
  return steps
    .flatMap(({ parameters }, index) => listTexts(parameters as JsonValue, `steps[${index}].parameters`))
    .flatMap(({ text, path }) => {
      const mark = marks.find((one) => text.includes(one));
      return mark === undefined ? [] : [toPlaceholder(path, mark)];
    });
}

function toPlaceholder(path: string, mark: string): HomeostatError {
  return new HomeostatError('PLAN_INVALID', {
    path,
    problem: `placeholder: ${mark} stands for what you were not shown`,
    remedy: 'leave the field out, or give the real value; a secret is given as {"secretRef": "<its name>"}',
  });
}
