import type { OpenedIncident } from '../domain/heal.ts';
import { stateActivities } from './proxies.ts';
import { toHealReference, type Treatment } from './treatment.ts';

/** Opens the incident, or hears why nothing is to be done about it. Asked once more by the same run, it opens no other. */
export async function openIncident(treatment: Treatment): Promise<OpenedIncident> {
  const summary = `open incident ${treatment.input.issue.type}`;
  const opened = await stateActivities(summary).openIncident(toHealReference(treatment));
  treatment.isOpened = true;
  return opened;
}
