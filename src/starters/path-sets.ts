/** Sets of paths by path, none of them empty: what has come and gone leaves nothing behind. */
export type PathSets = Map<string, Set<string>>;

export function addPath(sets: PathSets, to: string, path: string): void {
  const set = sets.get(to);
  if (set === undefined) sets.set(to, new Set([path]));
  else set.add(path);
}

export function removePath(sets: PathSets, from: string, path: string): void {
  const set = sets.get(from);
  if (set?.delete(path) === true && set.size === 0) sets.delete(from);
}
