import type { Client } from '@temporalio/client';
import { signalNames } from '../domain/messages.ts';
import type { State } from '../state/state.ts';
import { getKnown } from './known-resource.ts';
import type { IssueReport } from './read-issue-report.ts';
import { signalReconcile, toReconcileStart } from './reconcile-start.ts';
import { toTemporalFault } from './temporal-faults.ts';

/** Tells the run of a resource of an issue, starting one where none is open. */
export interface IssueSender {
  /**
   * Throws `NOT_FOUND` when there is no such resource, neither desired nor actual; nothing is started then.
   * `STORE_UNAVAILABLE` and `TEMPORAL_UNAVAILABLE` when it could not be said; it may be said again.
   */
  send(report: IssueReport): Promise<void>;
}

export interface IssueSenderOptions {
  readonly client: Client;
  readonly resources: Pick<State['resources'], 'read'>;
  readonly searchAttributes: boolean;
}

/** By signal-with-start of the resource's one `reconcile` run, which judges what is to be done. */
export function createIssueSender({ client, resources, searchAttributes }: IssueSenderOptions): IssueSender {
  return {
    async send({ resource, message }) {
      await getKnown(resources, resource);
      const start = toReconcileStart(resource, searchAttributes);
      try {
        await signalReconcile(client, start, signalNames.issue, message);
      } catch (error) {
        throw toTemporalFault(error, signalNames.issue);
      }
    },
  };
}
