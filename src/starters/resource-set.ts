import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { checkDnsLabel, showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import type { ResourceSnapshot, Resources } from '../state/resources.ts';
import type { SourceDocument } from './parse-documents.ts';
import { checkRemoval, dependantsFirst } from './removal.ts';
import type { Applied } from './resource-door.ts';

/** The annotation that says which set a resource belongs to. One set at most, so two sets never prune the same. */
export const setAnnotation = 'homeostat.io/set';

export interface Leavers {
  /** Dependants first. */
  readonly keys: readonly ResourceKey[];
  /** How many resources there are in the tenants that were looked at. */
  readonly among: number;
}

/**
 * A named set of resources of a tenant: those that are applied together. What was applied with it and is no longer among
 * its documents can be told, and pruned. The resources themselves carry the name; there is no list to get out of step.
 */
export interface ResourceSet {
  /** The documents as they belong to the set. Throws when one says that it belongs to another. */
  mark(documents: readonly SourceDocument[]): readonly SourceDocument[];
  /** Refuses what was applied and is stored as another set's. */
  checkOwn(applied: readonly Applied[]): Promise<void>;
  /**
   * What is stored as the set's, in the tenants of what was applied, and was not applied. Throws
   * `HAS_DEPENDANTS` while others that stay need one of them.
   */
  findLeavers(applied: readonly Applied[]): Promise<Leavers>;
}

export function createResourceSet(name: string, resources: Pick<Resources, 'list'>): ResourceSet {
  checkDnsLabel(name, '--set');
  const readStored = async (applied: readonly Applied[]) => {
    const stored = new Map<string, ResourceSnapshot>();
    for (const tenant of new Set(applied.map(({ key }) => key.tenant))) {
      for (const snapshot of await resources.list(tenant)) {
        if (snapshot.desired !== undefined) stored.set(toResourcePath(snapshot.key), snapshot);
      }
    }
    return stored;
  };
  return {
    mark: (documents) => documents.map((document) => ({ ...document, value: mark(document, name) })),
    async checkOwn(applied) {
      const stored = await readStored(applied);
      const errors = applied.flatMap(({ key }) => {
        const other = setOf(stored.get(toResourcePath(key)));
        return other === undefined || other === name ? [] : [toForeign(showResource(key), other)];
      });
      if (errors.length > 0) throw new HomeostatErrors(errors);
    },
    async findLeavers(applied) {
      const stored = await readStored(applied);
      const among = stored.size;
      const stays = new Set(applied.map(({ key }) => toResourcePath(key)));
      const leavers = [...stored].flatMap(([path, snapshot]) =>
        setOf(snapshot) === name && !stays.has(path) ? [snapshot.key] : [],
      );
      // As it will be once the documents are written: they may let go of what leaves.
      for (const { key, resource, revision } of applied) {
        const value = resource as unknown as JsonValue;
        const desired = { value, createRevision: revision, modRevision: revision };
        stored.set(toResourcePath(key), { key, revision, desired, freezes: [] });
      }
      checkRemoval(leavers, stored, () => false);
      const keys = dependantsFirst(leavers.map(toResourcePath), stored).map((path) => stored.get(path)!.key);
      return { keys, among };
    },
  };
}

/** What is not well formed is left to the checks that come after. */
function mark({ value, where }: SourceDocument, name: string): unknown {
  if (!isJsonObject(value) || !isJsonObject(value.metadata)) return value;
  const { annotations = {} } = value.metadata;
  if (!isJsonObject(annotations)) return value;
  const written = annotations[setAnnotation];
  if (written !== undefined && written !== name) throw toForeign(where, written);
  return { ...value, metadata: { ...value.metadata, annotations: { ...annotations, [setAnnotation]: name } } };
}

function setOf(snapshot: ResourceSnapshot | undefined): string | undefined {
  const value = snapshot?.desired?.value;
  if (!isJsonObject(value) || !isJsonObject(value.metadata) || !isJsonObject(value.metadata.annotations))
    return undefined;
  const name = value.metadata.annotations[setAnnotation];
  return typeof name === 'string' ? name : undefined;
}

function toForeign(where: string, other: unknown): HomeostatError {
  return new HomeostatError('INVALID_VALUE', {
    path: where,
    problem: 'belongs to another set',
    got: other,
    remedy: 'leave it to that set, or take it out of it first: apply it without --set',
  });
}
