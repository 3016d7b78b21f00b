import type { Client } from '@temporalio/client';
import { signalNames, workflowTypes } from '../domain/messages.ts';
import type { State } from '../state/state.ts';
import { getKnown } from './known-resource.ts';
import type { IssueReport } from './read-issue-report.ts';
import { toReconcileStart } from './reconcile-start.ts';
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

/** Without a deadline a call to a server that went silent lasts as long as the connection seems to. */
const answerMs = 5_000;

/** By signal-with-start of the resource's one `reconcile` run, which judges what is to be done. */
export function createIssueSender({ client, resources, searchAttributes }: IssueSenderOptions): IssueSender {
  return {
    async send({ resource, message }) {
      await getKnown(resources, resource);
      const start = toReconcileStart(resource, searchAttributes);
      try {
        await client.withDeadline(Date.now() + answerMs, () =>
          client.workflow.signalWithStart(workflowTypes.reconcile, {
            ...start,
            args: [...start.args],
            signal: signalNames.issue,
            signalArgs: [message],
          }),
        );
      } catch (error) {
        throw toTemporalFault(error, signalNames.issue);
      }
    },
  };
}
