import { isSameJson } from '../domain/canonical.ts';
import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { parseResource, type Resource } from '../domain/resource.ts';
import { checkRevision, type ResourceSnapshot } from '../state/resources.ts';
import type { State } from '../state/state.ts';
import { createKindCheck } from './check-against-kind.ts';
import { checkDependencies } from './check-dependencies.ts';
import { checkDocument, createPlacer, type CheckedDocument } from './checked-document.ts';
import type { SourceDocument } from './parse-documents.ts';
import { createPublishedRegistry } from './published-registry.ts';
import { checkMassDelete, checkRemoval, dependantsFirst } from './removal.ts';

export interface ApplyOptions {
  /** Check everything, write nothing. */
  readonly dryRun?: boolean;
  /** Tenant of documents that name none; one that names another is refused. */
  readonly tenant?: string;
  /** Desired's mod revision the writer saw, 0 = absent; for one document only. */
  readonly expectedRevision?: number;
}

export interface Applied {
  readonly key: ResourceKey;
  readonly outcome: 'created' | 'updated' | 'unchanged';
  /** Desired's mod revision; the one before where nothing was written. */
  readonly revision: number;
  readonly resource: Resource;
}

export interface RemoveOptions {
  readonly dryRun?: boolean;
  /** What is not there counts as removed. */
  readonly ignoreMissing?: boolean;
  /** How many deletes somebody said are meant; more than a few need it. */
  readonly confirmed?: number;
}

export interface Removed {
  readonly key: ResourceKey;
  readonly outcome: 'deleted' | 'missing';
}

/**
 * The way into `desired` for every door: command line now, HTTP later. All that a call brings is checked before the
 * first write; a call that is refused has written nothing. Throws `HomeostatErrors` with everything that is wrong.
 */
export interface ResourceDoor {
  /** Outcomes in the order of the documents; written in the order of dependencies. */
  apply(documents: readonly SourceDocument[], options?: ApplyOptions): Promise<readonly Applied[]>;
  /**
   * What is on its way out counts as deleted. Refused with `HAS_DEPENDANTS` while others need them, with `MASS_DELETE` for
   * many at once; dependants go first.
   */
  remove(keys: readonly ResourceKey[], options?: RemoveOptions): Promise<readonly Removed[]>;
}

/** More in one call is refused. */
const maximumDocuments = 10_000;
/** How often a call starts again because somebody else wrote meanwhile. */
const maximumRestarts = 5;

export function createResourceDoor({
  store,
  keys,
  resources,
  removals,
}: Pick<State, 'store' | 'keys' | 'resources' | 'removals'>): ResourceDoor {
  const registry = createPublishedRegistry(store, keys);

  const checkAll = async (sources: readonly SourceDocument[], { tenant }: ApplyOptions) => {
    const errors: HomeostatError[] = [];
    const place = createPlacer(sources.length);
    const checks = new Map([...(await registry.kinds())].map(([name, kind]) => [name, createKindCheck(kind)]));
    const documents = new Map<string, CheckedDocument>();
    for (const source of sources) {
      const document = checkDocument(source, checks, tenant, (error) => errors.push(place(source, error)));
      if (document === undefined) continue;
      const twin = documents.get(document.path);
      if (twin === undefined) documents.set(document.path, document);
      else errors.push(place(document, toTwice(twin, document)));
    }
    if (errors.length > 0) throw new HomeostatErrors(errors);

    const order = await checkDependencies(documents, resources, (document, error) =>
      errors.push(document === undefined ? error : place(document, error)),
    );
    const snapshots = await resources.readMany([...documents.values()].map(({ key }) => key));
    const stored = new Map(snapshots.map((snapshot) => [toResourcePath(snapshot.key), snapshot]));
    for (const document of documents.values()) {
      const actual = stored.get(document.path)?.actual?.record;
      for (const error of document.check.checkImmutable(document.filledSpec, actual))
        errors.push(place(document, error));
    }
    if (errors.length > 0) throw new HomeostatErrors(errors);
    return { documents, order, stored };
  };

  const applyOnce = async (
    sources: readonly SourceDocument[],
    options: ApplyOptions,
    applied: Map<string, Applied>,
  ): Promise<readonly Applied[]> => {
    const { documents, order, stored } = await checkAll(sources, options);
    for (const path of order) {
      const document = documents.get(path)!;
      const before = stored.get(path)!;
      const { key, resource } = document;
      const revision = before.desired?.modRevision ?? 0;
      checkRevision(key, before.desired, options.expectedRevision);
      if (saysTheSame(document, before)) {
        if (!applied.has(path)) applied.set(path, { key, resource, revision, outcome: 'unchanged' });
      } else if (options.dryRun === true) {
        applied.set(path, { key, resource, revision, outcome: revision === 0 ? 'created' : 'updated' });
      } else {
        // Guarded by the revision that was checked: an immutable field cannot slip in between.
        applied.set(path, { key, resource, ...(await resources.putDesired(resource, { expectedRevision: revision })) });
      }
    }
    return [...documents.keys()].map((path) => applied.get(path)!);
  };

  const removeOnce = async (
    wanted: readonly ResourceKey[],
    { dryRun, ignoreMissing, confirmed }: RemoveOptions,
    gone: Set<string>,
  ): Promise<readonly Removed[]> => {
    const stored = new Map<string, ResourceSnapshot>();
    /** No longer wanted, and still there: a delete that waits for a person, or is under way. */
    const leaving = new Set<string>();
    for (const tenant of new Set(wanted.map((key) => key.tenant))) {
      for (const snapshot of await resources.list(tenant)) {
        if (snapshot.desired === undefined) leaving.add(toResourcePath(snapshot.key));
        else stored.set(toResourcePath(snapshot.key), snapshot);
      }
    }
    const isDeleted = (key: ResourceKey) => gone.has(toResourcePath(key)) || leaving.has(toResourcePath(key));
    checkRemoval(wanted, stored, (key) => ignoreMissing === true || isDeleted(key));
    const present = wanted.map(toResourcePath).filter((path) => stored.has(path));
    checkMassDelete(present.length + gone.size, stored.size + gone.size, confirmed);
    for (const path of dependantsFirst(present, stored)) {
      const { key, desired, actual } = stored.get(path)!;
      if (dryRun !== true) {
        const { createRevision, modRevision } = desired!;
        // Before, so that no run finds it gone and takes it for deleted past our doors. A full store takes no note, but a delete.
        const ids = [String(createRevision), ...(actual === undefined ? [] : [actual.record.id])];
        await removals.noteMeant(key, ids).catch((error: unknown) => {
          if (!(error instanceof HomeostatError) || error.code !== 'STORE_FULL') throw error;
        });
        try {
          await resources.deleteDesired(key, { expectedRevision: modRevision });
        } catch (error) {
          // What is told is why it was not deleted, also where the note cannot be reached either.
          await removals.takeBack(key).catch(() => undefined);
          throw error;
        }
      }
      gone.add(path);
    }
    return wanted.map((key) => ({ key, outcome: isDeleted(key) ? 'deleted' : 'missing' }));
  };

  return {
    async apply(sources, options = {}) {
      checkCount(sources, options);
      const applied = new Map<string, Applied>();
      const apply = () => applyOnce(sources, options, applied);
      // Who named a revision is told that it is old.
      return options.expectedRevision === undefined ? untilFresh(apply) : apply();
    },
    async remove(wanted, options = {}) {
      const unique = [...new Map(wanted.map((key) => [toResourcePath(key), key])).values()];
      const gone = new Set<string>();
      return untilFresh(() => removeOnce(unique, options, gone));
    },
  };
}

/** Checks and writes again when somebody else wrote in between; what was written then counts as such. */
async function untilFresh<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await run();
    } catch (error) {
      const isStale = error instanceof HomeostatError && error.code === 'STALE_REVISION';
      if (!isStale || restarts >= maximumRestarts) throw error;
    }
  }
}

function checkCount(sources: readonly SourceDocument[], { expectedRevision }: ApplyOptions): void {
  if (sources.length > maximumDocuments) {
    throw new HomeostatError('TOO_MANY_ITEMS', {
      problem: `more than ${maximumDocuments} resources at once`,
      remedy: 'apply them in parts',
    });
  }
  if (expectedRevision !== undefined && sources.length !== 1) {
    throw new HomeostatError('INVALID_VALUE', {
      path: 'revision',
      problem: 'a revision belongs to one resource',
      remedy: 'apply it alone',
    });
  }
}

/** Whether the stored value means the same, defaults and outputs apart. */
function saysTheSame({ resource, filledSpec, check }: CheckedDocument, { desired }: ResourceSnapshot): boolean {
  if (desired === undefined) return false;
  try {
    const stored = parseResource(desired.value);
    return isSameJson({ ...stored, spec: check.checkSpec(stored.spec).spec }, { ...resource, spec: filledSpec });
  } catch {
    return false;
  }
}

function toTwice(first: CheckedDocument, { where }: CheckedDocument): HomeostatError {
  return new HomeostatError('INVALID_VALUE', {
    path: 'metadata.name',
    problem: `the same resource twice, in ${first.where} and in ${where}`,
    remedy: 'keep one',
  });
}
