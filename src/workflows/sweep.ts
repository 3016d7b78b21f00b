import { taskQueues } from '../domain/messages.ts';
import { toActivityFault } from './activity-fault.ts';
import { stateActivities, sweepingActivities } from './proxies.ts';

/** What one place's part of a sweep came to, for people who look at the run. */
export type SweptPlaceResult =
  | { readonly place: string; readonly looked: number; readonly drifted: number }
  | { readonly place: string; readonly fault: string };

/**
 * The backstop behind the drivers' own watching: one activity a live host looks at all it owns, one more at what has no
 * owner. They note what drifted; the watcher hints the runs. Started by the schedule `sweep`, never twice at once.
 */
export async function sweep(): Promise<readonly SweptPlaceResult[]> {
  const hosts = await stateActivities('who is there').listHosts();
  const places = [
    sweepPlace('anywhere', taskQueues.tools, 'anywhere'),
    ...hosts.map((host) => sweepPlace(host, taskQueues.host(host), 'this-host')),
  ];
  return Promise.all(places);
}

async function sweepPlace(place: string, queue: string, what: 'this-host' | 'anywhere'): Promise<SweptPlaceResult> {
  try {
    return { place, ...(await sweepingActivities(queue, `sweep(${place})`).sweep({ place: what })) };
  } catch (error) {
    // A host that died or is busy is looked at next time; the others' findings stand.
    return { place, fault: toActivityFault(error).message };
  }
}
