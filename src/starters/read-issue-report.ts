import { cutToLength } from '../domain/cut-to-length.ts';
import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { checkDnsLabel, fromResourcePath, type ResourceKey } from '../domain/identity.ts';
import { findIssueType } from '../domain/issue-types.ts';
import { issueLimits, readIssue, type IssueMessage } from '../domain/issue.ts';
import { checkJsonLimits, isJsonObject, noObject } from '../domain/json.ts';
import type { MessageFault } from '../domain/message-shape.ts';
import { redactSecrets } from '../domain/secret-patterns.ts';

/** An issue that fits, and whose it is. */
export interface IssueReport {
  readonly resource: ResourceKey;
  readonly message: IssueMessage;
}

/** What whoever reports leaves out. */
export interface ReportDefaults {
  readonly tenant: string;
  readonly now: Date;
}

const fields = ['type', 'resource', 'severity', 'summary', 'evidence', 'since'] as const;
const ownFields = ['tenant', 'status'] as const;
const cutMark = '… (cut)';
const sayTypeAndResource = 'say at least type and resource, such as service_down and Instance/web';

/**
 * An issue from outside: the fields of `Issue`, and `status` (firing or resolved) and `tenant`, both with a default.
 * Long texts are cut and marked, what looks like a secret is taken out. Throws `INVALID_BODY`, `EMPTY_ISSUE`, or
 * `HomeostatErrors` with every field that does not fit.
 */
export function readIssueReport(value: unknown, defaults: ReportDefaults): IssueReport {
  if (!isJsonObject(value)) throw noObject(value, sayTypeAndResource);
  if (isBlank(value.type) && isBlank(value.summary)) throw emptyIssue();
  checkJsonLimits({ ...value, summary: '', evidence: [] });
  const { tenant = defaults.tenant, status = 'firing', ...given } = value;
  const type = isBlank(given.type) ? undefined : given.type;
  const read = readIssue({
    ...given,
    type,
    summary: isBlank(given.summary) ? defaultSummary(type) : cutIfText(given.summary, issueLimits.summary),
    evidence: toEvidence(given.evidence),
    since: given.since === undefined ? defaults.now.toISOString() : (toIsoTime(given.since) ?? given.since),
  });
  const errors = [
    ...(read.fits ? [] : read.faults.map((fault) => toError(fault, value))),
    ...findTenantFault(tenant),
    ...(status === 'firing' || status === 'resolved'
      ? []
      : [toError({ path: 'status', problem: 'must be one of firing, resolved' }, value)]),
  ];
  if (!read.fits || errors.length > 0) throw new HomeostatErrors(errors);
  const resource = fromResourcePath(`${tenant as string}/${read.message.resource}`)!;
  return { resource, message: { status: status as IssueMessage['status'], issue: read.message } };
}

/** Text of at most so many characters: past that it is cut, says so, and never ends in half a character. */
export function cutText(text: string, limit: number): string {
  // First roughly: what is far too long is not worth being searched for secrets.
  const clean = redactSecrets(text.slice(0, limit * 4)).toWellFormed();
  if (text.length <= limit && clean.length <= limit) return clean;
  return `${cutToLength(clean, limit - cutMark.length)}${cutMark}`;
}

/** A time that somebody wrote, as ISO 8601 and nothing else: what parses as a date may carry a whole text. */
export function toIsoTime(text: unknown): string | undefined {
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

function cutIfText(value: unknown, limit: number): unknown {
  return typeof value === 'string' ? cutText(value, limit) : value;
}

/** One text counts as a list of one; of more texts than are kept the first are, and the last says how many were left out. */
function toEvidence(value: unknown): unknown {
  const all: unknown = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  if (!Array.isArray(all)) return all;
  const texts = all.map((text: unknown) => cutIfText(text, issueLimits.text));
  if (texts.length <= issueLimits.evidence) return texts;
  const kept = texts.slice(0, issueLimits.evidence - 1);
  return [...kept, `${texts.length - kept.length} more ${cutMark}`];
}

function defaultSummary(type: unknown): unknown {
  return typeof type === 'string' ? (findIssueType(type)?.meaning ?? type) : undefined;
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function findTenantFault(tenant: unknown): readonly HomeostatError[] {
  try {
    checkDnsLabel(tenant, 'tenant');
    return [];
  } catch (error) {
    return [error as HomeostatError];
  }
}

function emptyIssue(): HomeostatError {
  return new HomeostatError('EMPTY_ISSUE', {
    problem: 'says nothing: neither a type nor a summary',
    remedy: sayTypeAndResource,
  });
}

function toError({ path, problem }: MessageFault, value: Readonly<Record<string, unknown>>): HomeostatError {
  switch (problem) {
    case 'no such field':
      return new HomeostatError('UNKNOWN_FIELD', {
        path,
        problem,
        remedy: `use ${[...fields, ...ownFields].join(', ')}`,
      });
    case 'is required':
      return new HomeostatError('MISSING_FIELD', { path, problem, remedy: 'add it' });
    default:
      return new HomeostatError('INVALID_VALUE', { path, problem, got: value[path], remedy: 'change it' });
  }
}
