import type { Incident } from '../domain/incident.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { isJsonObject } from '../domain/json.ts';
import type { State } from '../state/state.ts';

/** Incidents as people look at them, read from the store alone: the open ones first, of the others the newest. */
export interface IncidentReader {
  /** Of a tenant, or of all there are. */
  list(tenant?: string): Promise<readonly Incident[]>;
  listOf(resource: ResourceKey): Promise<readonly Incident[]>;
  find(resource: ResourceKey, type: string): Promise<Incident | undefined>;
  /** The markdown that went with an escalation; undefined when there is none, or it is no longer kept. */
  report(incident: Incident): Promise<string | undefined>;
}

export function createIncidentReader({ store, keys, blobs }: Pick<State, 'store' | 'keys' | 'blobs'>): IncidentReader {
  const listBelow = async (prefix: string) => {
    const { entries } = await store.list(prefix);
    return entries.flatMap(({ value }) => parseIncident(value) ?? []).toSorted(openFirst);
  };
  return {
    list: (tenant) => listBelow(tenant === undefined ? `${keys.root}/incidents/` : keys.incidentsPrefix(tenant)),
    listOf: (resource) => listBelow(keys.incidentsOf(resource)),
    async find(resource, type) {
      const { entry } = await store.get(keys.incident(resource, type));
      return entry === undefined ? undefined : parseIncident(entry.value);
    },
    report: async ({ resource, report }) => (report === undefined ? undefined : blobs.get(resource.tenant, report)),
  };
}

/** Anybody can write to etcd: what is no incident is passed over. */
function parseIncident(text: string): Incident | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isIncident =
      isJsonObject(value) &&
      isJsonObject(value.resource) &&
      typeof value.type === 'string' &&
      typeof value.openedAt === 'string' &&
      Array.isArray(value.attempts);
    return isIncident ? (value as unknown as Incident) : undefined;
  } catch {
    return undefined;
  }
}

function openFirst(left: Incident, right: Incident): number {
  if ((left.state === 'open') !== (right.state === 'open')) return left.state === 'open' ? -1 : 1;
  return right.openedAt.localeCompare(left.openedAt);
}
