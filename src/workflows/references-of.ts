import type { SealedStep } from '../domain/plan.ts';

/** Tells of any earlier step whether this one wants something of what it returned. */
export function referencesOf({ parameters }: SealedStep): (id: string) => boolean {
  const text = JSON.stringify(parameters);
  return (id) => text.includes(`"steps.${id}.`);
}
