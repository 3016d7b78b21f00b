import { toResourcePath } from '../domain/identity.ts';
import type { IndexedResource } from './resource-index.ts';

/** A due retry is hinted once; again only if nothing came of it for this long. */
const retryPatienceMs = 60_000;

export interface DueRetries {
  /** Resources whose retry is due at `now` (milliseconds since 1970) and was not taken a moment ago. */
  take(resources: Iterable<IndexedResource>, now: number): readonly IndexedResource[];
}

/** Remembers which retries were taken, for as long as they are due: a resource that is gone leaves nothing behind. */
export function createDueRetries(): DueRetries {
  let taken = new Map<string, { readonly retryAt: string; readonly at: number }>();
  return {
    take(resources, now) {
      const stillDue: typeof taken = new Map();
      const due: IndexedResource[] = [];
      for (const resource of resources) {
        const retryAt = resource.actual?.status.retryAt;
        if (retryAt === undefined || Date.parse(retryAt) > now) continue;
        const path = toResourcePath(resource.key);
        const before = taken.get(path);
        if (before?.retryAt === retryAt && now - before.at < retryPatienceMs) {
          stillDue.set(path, before);
          continue;
        }
        stillDue.set(path, { retryAt, at: now });
        due.push(resource);
      }
      taken = stillDue;
      return due;
    },
  };
}
