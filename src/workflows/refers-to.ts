import type { SealedStep } from '../domain/plan.ts';

/** Whether a step wants something of what an earlier one returned. */
export function refersTo({ parameters }: SealedStep, id: string): boolean {
  return JSON.stringify(parameters).includes(`"steps.${id}.`);
}
