import { showResource, type ResourceKey } from '../../src/domain/identity.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { Incidents } from '../../src/state/incidents.ts';
import { waitFor } from './wait-for.ts';

/** Waits until the newest incident of a type on a resource is over, well or badly. */
export function closedIncident(
  incidents: Incidents,
  resource: ResourceKey,
  type = 'service_down',
  timeoutMs?: number,
): Promise<Incident> {
  return waitFor(
    `the incident ${type} of ${showResource(resource)} to be closed`,
    async () => {
      const incident = await incidents.get(resource, type);
      return incident === undefined || incident.state === 'open' ? undefined : incident;
    },
    timeoutMs,
  );
}
