import { didYouMean } from '../domain/closest.ts';
import { escapeControls, HomeostatError } from '../domain/failure.ts';

/**
 * `INVALID_CONFIG` for each name that the configuration gives and that this runtime does not have: a slip of the pen
 * would otherwise mean that what was asked for never holds. `toPath` says where a name stands.
 */
export function findUnknown(
  what: 'kind' | 'agent',
  names: readonly string[],
  known: readonly string[],
  toPath: (name: string) => string,
): readonly HomeostatError[] {
  return names
    .filter((name) => !known.includes(name))
    .map(
      (name) =>
        new HomeostatError('INVALID_CONFIG', {
          path: toPath(name),
          problem: `this runtime has no ${what} ${escapeControls(name)}`,
          remedy: didYouMean(name, known, `name some of ${known.join(', ')}`),
        }),
    );
}
