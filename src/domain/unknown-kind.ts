import { closestOf } from './closest.ts';
import { HomeostatError } from './failure.ts';

/** `UNKNOWN_KIND` with the kinds there are, and the one that was meant. `kind` undefined: none was named. */
export function toUnknownKind(kind: unknown, known: readonly string[], path = 'kind'): HomeostatError {
  const meant = typeof kind === 'string' ? closestOf(kind, known) : undefined;
  const there =
    known.length === 0
      ? 'no runtime has published any kind yet, start one: homeostat up'
      : `there is ${known.join(', ')}`;
  return new HomeostatError('UNKNOWN_KIND', {
    path,
    problem: kind === undefined ? 'is missing' : 'no such kind',
    ...(kind === undefined ? {} : { got: kind }),
    remedy: meant === undefined ? there : `did you mean ${meant}? (${there})`,
  });
}
