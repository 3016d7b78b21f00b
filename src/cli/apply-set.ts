import { showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import type { SourceDocument } from '../starters/parse-documents.ts';
import { createResourceDoor, type Applied, type ApplyOptions } from '../starters/resource-door.ts';
import { createResourceSet } from '../starters/resource-set.ts';
import { askYesNo } from './ask.ts';
import type { CommandContext } from './command-context.ts';

export interface ApplySetOptions extends ApplyOptions {
  readonly set: string;
  readonly prune: boolean;
  /** Without asking. */
  readonly yes: boolean;
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
  { set: name, prune, yes, ...options }: ApplySetOptions,
): Promise<AppliedSet | undefined> {
  const door = createResourceDoor(state);
  const set = createResourceSet(name, state.resources);
  const marked = set.mark(documents);
  const checked = await door.apply(marked, { ...options, dryRun: true });
  await set.checkOwn(checked);
  const leavers = prune ? await set.findLeavers(checked) : [];
  if (options.dryRun === true) return { applied: checked, pruned: leavers };
  if (leavers.length > 0 && !yes) {
    const question = `No longer in set ${name}: ${leavers.map(showResource).join(', ')}. Delete ${leavers.length === 1 ? 'it' : 'them'}?`;
    if (!(await askYesNo(question))) return undefined;
  }
  const applied = await door.apply(marked, options);
  if (leavers.length === 0) return { applied, pruned: [] };
  const asked = new Set(leavers.map(toResourcePath));
  const left = (await set.findLeavers(applied)).filter((key) => asked.has(toResourcePath(key)));
  await door.remove(left, { ignoreMissing: true });
  return { applied, pruned: left };
}
