import { toCodedErrors, toShownError, type ShownError } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type { IssueSender } from '../starters/issue-sender.ts';
import type { IssueReport } from '../starters/read-issue-report.ts';
import type { ReadWebhook } from './alertmanager.ts';
import { toShownRefusal } from './shown-refusal.ts';

/** What the runs were told. */
export interface TakenReport {
  readonly tenant: string;
  readonly resource: string;
  readonly type: string;
  readonly status: string;
  /** How many alerts said so. */
  readonly alerts?: number;
}

/** What was not passed on, and why. */
export interface RefusedReport {
  readonly alert: string;
  readonly errors: readonly ShownError[];
}

export interface SentReports {
  /** 200, also when all were refused: sending them again would change nothing. 503 when it would. */
  readonly status: number;
  readonly taken: readonly TakenReport[];
  readonly refused: readonly RefusedReport[];
  readonly errors?: readonly ShownError[];
  readonly retryAfter?: number;
}

/** Signals under way at once for one webhook: a storm costs no more than that at a time. */
const concurrency = 8;

/**
 * Tells the runs, a few at a time. A report that is refused does not hold up the others; when a server is away the rest is
 * not tried, and all of it is to be sent again: what was said twice does no harm.
 */
export async function sendReports(
  sender: IssueSender,
  reports: ReadWebhook['reports'],
  unread: ReadWebhook['refused'],
): Promise<SentReports> {
  const taken: TakenReport[] = [];
  const refused: RefusedReport[] = unread.map(({ alert, errors }) => ({ alert, errors: errors.map(toShownError) }));
  let away: unknown;
  const queue = reports.values();
  const work = async () => {
    for (const { report, alerts } of queue) {
      if (away !== undefined) return;
      try {
        await sender.send(report);
        taken.push({ ...toTaken(report), alerts });
      } catch (error) {
        const errors = toCodedErrors(error);
        if (errors.length === 0 || errors.some(({ retryable }) => retryable)) away = error;
        else refused.push({ alert: nameOf(report), errors: errors.map(toShownError) });
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  if (away === undefined) return { status: 200, taken, refused };
  const { errors, retryAfter } = toShownRefusal(away);
  return { status: 503, taken, refused, errors, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

export function toTaken({ resource, message: { status, issue } }: IssueReport): TakenReport {
  return { tenant: resource.tenant, resource: showResource(resource), type: issue.type, status };
}

function nameOf({ resource, message }: IssueReport): string {
  return `${message.issue.type} on ${showResource(resource)}`;
}
