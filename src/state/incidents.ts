import type { AuditEvent } from '../domain/audit.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { Incident } from '../domain/incident.ts';
import { commitChange } from './changes.ts';
import type { StateContext } from './state-context.ts';
import { parseOwn, toStored } from './stored-json.ts';

/** Incidents on record: the newest of each type of fault on each resource. */
export interface Incidents {
  get(resource: ResourceKey, type: string): Promise<Incident | undefined>;
  /** All of a resource. */
  listOf(resource: ResourceKey): Promise<readonly Incident[]>;
  /** All of a tenant, or all there are. */
  list(tenant?: string): Promise<readonly Incident[]>;
  /** Changes one together with the resource's audit chain; `undefined` = leave it, and tell nothing. Pure, may be asked again. */
  change<Result>(
    resource: ResourceKey,
    type: string,
    decide: (current: Incident | undefined) => {
      readonly result: Result;
      readonly next?: Incident;
      readonly audit?: AuditEvent;
    },
  ): Promise<Result>;
}

export function createIncidents(context: StateContext): Incidents {
  const { store, keys, now } = context;
  const listUnder = async (prefix: string) =>
    (await store.list(prefix)).entries.flatMap((entry) => parseOwn<Incident>(entry) ?? []);
  return {
    get: async (resource, type) => parseOwn<Incident>((await store.get(keys.incident(resource, type))).entry),
    listOf: (resource) => listUnder(keys.incidentsOf(resource)),
    list: (tenant) => listUnder(keys.incidentsIn(tenant)),
    async change(resource, type, decide) {
      const key = keys.incident(resource, type);
      const { result } = await commitChange(context, {
        resource,
        at: now().toISOString(),
        reads: [key],
        decide(snapshot) {
          const { result: decided, next, audit } = decide(parseOwn<Incident>(snapshot.get(key)));
          return {
            result: decided,
            ...(next === undefined ? {} : { writes: [{ type: 'put' as const, key, value: toStored(next) }] }),
            ...(audit === undefined ? {} : { audit }),
          };
        },
      });
      return result;
    },
  };
}
