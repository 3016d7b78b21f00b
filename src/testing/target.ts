import { isSameJson } from '../domain/canonical.ts';
import { deltaOf } from '../domain/delta.ts';
import type { JsonObject } from '../domain/json.ts';
import { externalNameOf, type AnyKind } from '../domain/kind.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { Observation } from '../domain/outcome.ts';
import { checkStatus } from '../activities/observe-resource.ts';
import type { Trial } from './trial.ts';

/** What is at the target: as the kind sees it, normalised, and as the author's own snapshot shows it. */
export interface Look {
  readonly observation: Observation<JsonObject>;
  readonly snapshot?: unknown;
}

export type ReadSnapshot = (() => unknown) | undefined;

export function kindOf(trial: Trial): AnyKind {
  return trial.dependencies().registry.ownerOf(trial.resource.kind).kind;
}

/** Asks the kind, whatever the records say. */
export async function observeNow(
  trial: Trial,
  spec: object,
  { key = trial.resource, signal = new AbortController().signal }: { key?: ResourceKey; signal?: AbortSignal } = {},
): Promise<Observation<JsonObject>> {
  const kind = kindOf(trial);
  const context = { signal, log: trial.log };
  const parsed: unknown = kind.spec.parse(spec);
  const resource = { key, externalName: externalNameOf(key), spec: parsed, inForce: parsed };
  const seen = await kind.observe(context, resource);
  return seen.type === 'present' ? { type: seen.type, status: checkStatus(kind, seen.status) } : seen;
}

export async function look(trial: Trial, spec: object, readSnapshot: ReadSnapshot): Promise<Look> {
  const observation = await observeNow(trial, spec);
  return readSnapshot === undefined ? { observation } : { observation, snapshot: await readSnapshot() };
}

/** What differs between two looks, in words; undefined when nothing does. */
export function differenceOf(before: Look, after: Look): string | undefined {
  const [one, other] = [before.observation, after.observation];
  if (one.type !== other.type) return `it was ${one.type}, and is ${other.type}`;
  if (one.type === 'present' && other.type === 'present' && !isSameJson(one.status, other.status)) {
    const paths = new Set([...changedPaths(one.status, other.status), ...changedPaths(other.status, one.status)]);
    return `the status is another one in ${[...paths].toSorted().join(', ')}`;
  }
  if (isSameJson(before.snapshot, after.snapshot)) return undefined;
  return 'the snapshot is another one';
}

function changedPaths(one: JsonObject, other: JsonObject): readonly string[] {
  return deltaOf(one, other).changes.map(({ path }) => path);
}
