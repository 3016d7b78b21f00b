import type { Incident } from '../domain/incident.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { State } from '../state/state.ts';

/** Incidents as people look at them: the open ones first, of the others the newest. */
export interface IncidentReader {
  /** Of a tenant, or of all there are. */
  list(tenant?: string): Promise<readonly Incident[]>;
  listOf(resource: ResourceKey): Promise<readonly Incident[]>;
  find(resource: ResourceKey, type: string): Promise<Incident | undefined>;
  /** The markdown that went with an escalation; undefined when there is none, or it is no longer kept. */
  report(incident: Incident): Promise<string | undefined>;
}

export function createIncidentReader({ incidents, blobs }: Pick<State, 'incidents' | 'blobs'>): IncidentReader {
  return {
    list: async (tenant) => (await incidents.list(tenant)).toSorted(openFirst),
    listOf: async (resource) => (await incidents.listOf(resource)).toSorted(openFirst),
    find: (resource, type) => incidents.get(resource, type),
    report: async ({ resource, report }) => (report === undefined ? undefined : blobs.get(resource.tenant, report)),
  };
}

function openFirst(left: Incident, right: Incident): number {
  if ((left.state === 'open') !== (right.state === 'open')) return left.state === 'open' ? -1 : 1;
  return right.openedAt.localeCompare(left.openedAt);
}
