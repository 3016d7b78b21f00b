import { closestOf } from './closest.ts';
import { HomeostatError } from './failure.ts';

/** `NOT_FOUND` for an agent nobody has published, with those there are, and the one that was meant. */
export function toUnknownAgent(agent: string, known: readonly string[]): HomeostatError {
  const meant = closestOf(agent, known);
  const there =
    known.length === 0
      ? 'no runtime has published any agent yet, start one: homeostat up'
      : `there is ${known.join(', ')}`;
  return new HomeostatError('NOT_FOUND', {
    path: 'agent',
    problem: 'no such agent',
    got: agent,
    remedy: meant === undefined ? there : `did you mean ${meant}? (${there})`,
  });
}
