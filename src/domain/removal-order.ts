/**
 * Whom the removal of a resource does not wait for, though they need it: itself, and, where resources that are all to go
 * need each other in a circle, all others of its circle if it is the first of them by path. Without that none would ever
 * go; so that one goes first, and the others follow as they are needed no more. All are paths; `needsOf` says what one
 * needs that is to go itself, and nothing of one that stays. For planning and for the watcher.
 */
export function findPassedOver(
  path: string,
  needsOf: (path: string) => readonly string[] | undefined,
): ReadonlySet<string> {
  const circle = findCircle(path, needsOf);
  return [...circle].every((other) => path <= other) ? circle : new Set([path]);
}

/** All that a resource needs and that needs it, directly or through others; it is one of them. */
function findCircle(path: string, needsOf: (path: string) => readonly string[] | undefined): ReadonlySet<string> {
  const neededBy = new Map<string, string[]>();
  reach(path, (one) => {
    const needs = needsOf(one) ?? [];
    for (const needed of needs) {
      const others = neededBy.get(needed);
      if (others === undefined) neededBy.set(needed, [one]);
      else others.push(one);
    }
    return needs;
  });
  return reach(path, (one) => neededBy.get(one) ?? []);
}

function reach(start: string, next: (path: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set([start]);
  // What is added is come to in its turn.
  for (const path of found) for (const other of next(path)) found.add(other);
  return found;
}
