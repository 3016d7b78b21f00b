import { showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import type { SourceDocument } from '../starters/parse-documents.ts';
import { checkMassDelete } from '../starters/removal.ts';
import { createResourceDoor, type Applied, type ApplyOptions } from '../starters/resource-door.ts';
import { createResourceSet } from '../starters/resource-set.ts';
import { askYesNo } from './ask.ts';
import type { CommandContext } from './command-context.ts';

export interface ApplySetOptions extends ApplyOptions {
  readonly set: string;
  readonly prune: boolean;
  /** Without asking. */
  readonly yes: boolean;
  /** How many deletes somebody said are meant; more than a few need it, or a person's yes. */
  readonly confirmed?: number;
}

export interface AppliedSet {
  readonly applied: readonly Applied[];
  /** Dependants first. */
  readonly pruned: readonly ResourceKey[];
}

/**
 * Applies documents as a set and removes what has left it. Everything is checked, and a person asked, before the first
 * write; undefined when the person says no. What joins or leaves the set after the question is not removed.
 */
export async function applySet(
  { state }: Pick<CommandContext, 'state'>,
  documents: readonly SourceDocument[],
  { set: name, prune, yes, confirmed, ...options }: ApplySetOptions,
): Promise<AppliedSet | undefined> {
  const door = createResourceDoor(state);
  const set = createResourceSet(name, state.resources);
  const marked = set.mark(documents);
  const checked = await door.apply(marked, { ...options, dryRun: true });
  await set.checkOwn(checked);
  if (!prune) return { applied: options.dryRun === true ? checked : await door.apply(marked, options), pruned: [] };
  const { keys: leavers, among } = await set.findLeavers(checked);
  if (options.dryRun === true) return { applied: checked, pruned: leavers };
  if (leavers.length === 0 || yes) checkMassDelete(leavers.length, among, confirmed);
  else if (!(await askYesNo(`No longer in set ${name}, delete? ${leavers.map(showResource).join(', ')}`)))
    return undefined;

  const applied = await door.apply(marked, options);
  const asked = new Set(leavers.map(toResourcePath));
  const { keys } = await set.findLeavers(applied);
  const left = keys.filter((key) => asked.has(toResourcePath(key)));
  await door.remove(left, { ignoreMissing: true, confirmed: left.length });
  return { applied, pruned: left };
}
