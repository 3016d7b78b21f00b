import { isJsonObject } from './json.ts';
import { oneOf, readMessage, textLike, textOf, type FieldShape, type ReadMessage } from './message-shape.ts';

/** How bad a fault is. `critical` also ends a wait for a person's approval of another plan. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** A fault on a resource, said by an alert, a person, a health check or a run that ended in `Error`. */
export interface Issue {
  /** Which fault it is: `service_down`; see `issue-types.ts`. One incident is open per resource and type. */
  readonly type: string;
  /** `Kind/name` */
  readonly resource: string;
  readonly severity: Severity;
  /** What whoever saw it says, at most 2,000 characters. Untrusted. */
  readonly summary: string;
  /** What they saw, a text each; at most 20 of at most 2,000 characters. Untrusted. */
  readonly evidence: readonly string[];
  /** ISO 8601 */
  readonly since: string;
}

/** Payload of the signal `issue`: a fault that was seen, or that whoever saw it says is over. */
export interface IssueMessage {
  readonly status: 'firing' | 'resolved';
  readonly issue: Issue;
}

export const issueLimits = { summary: 2_000, evidence: 20, text: 2_000 } as const;

const evidence: FieldShape = {
  fits: (value) =>
    Array.isArray(value) &&
    value.length <= issueLimits.evidence &&
    value.every((text) => typeof text === 'string' && text.length <= issueLimits.text),
  problem: `must be at most ${issueLimits.evidence} texts of at most ${issueLimits.text} characters`,
};

const typePattern = /^[a-z][a-z0-9_]{0,62}$/;

export function isIssueType(text: string): boolean {
  return typePattern.test(text);
}

/** An issue from outside, checked; the faults say what does not fit. */
export function readIssue(value: unknown): ReadMessage<Issue> {
  return readMessage<Issue>(value, {
    type: textLike(typePattern, 'must be lower case words with _ between them'),
    resource: textLike(/^[A-Z][A-Za-z0-9]{0,62}\/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be Kind/name'),
    severity: { ...oneOf(severities), fallback: 'warning' },
    summary: textOf(1, issueLimits.summary),
    evidence,
    since: { fits: (text) => typeof text === 'string' && !Number.isNaN(Date.parse(text)), problem: 'must be a date' },
  });
}

/** The payload of a signal; nothing when it is none. */
export function readIssueMessage(value: unknown): IssueMessage | undefined {
  if (!isJsonObject(value) || (value.status !== 'firing' && value.status !== 'resolved')) return undefined;
  const read = readIssue(value.issue);
  return read.fits ? { status: value.status, issue: read.message } : undefined;
}

/** Whether a message tells of a fault that waits behind no question. */
export function isCriticalFault({ status, issue }: IssueMessage): boolean {
  return status === 'firing' && issue.severity === 'critical';
}
