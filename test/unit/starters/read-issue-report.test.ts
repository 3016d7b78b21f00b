import { describe, expect, test } from 'vitest';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import { issueLimits, readIssueMessage } from '../../../src/domain/issue.ts';
import { cutText, readIssueReport } from '../../../src/starters/read-issue-report.ts';

const now = new Date('2026-11-21T10:00:00Z');
const read = (value: unknown) => readIssueReport(value, { tenant: 'default', now });
const codesOf = (value: unknown) => {
  try {
    read(value);
    return [];
  } catch (error) {
    return toCodedErrors(error).map(({ code, path }) => `${code} ${path}`);
  }
};

describe('an issue from outside', () => {
  test('a type and a resource are enough', () => {
    expect(read({ type: 'service_down', resource: 'Instance/web' })).toEqual({
      resource: { tenant: 'default', kind: 'Instance', name: 'web' },
      message: {
        status: 'firing',
        issue: {
          type: 'service_down',
          resource: 'Instance/web',
          severity: 'warning',
          summary: 'it does not answer, or has crashed',
          evidence: [],
          since: '2026-11-21T10:00:00.000Z',
        },
      },
    });
  });

  test('all that is said is kept', () => {
    const said = {
      type: 'disk_full',
      resource: 'Database/orders-1',
      severity: 'critical',
      summary: 'almost full',
      evidence: ['97 %'],
      since: '2026-11-20T09:00:00Z',
    };
    const report = read({ ...said, tenant: 'acme', status: 'resolved' });
    expect(report.resource).toEqual({ tenant: 'acme', kind: 'Database', name: 'orders-1' });
    expect(report.message).toEqual({ status: 'resolved', issue: { ...said, since: '2026-11-20T09:00:00.000Z' } });
  });

  test.each([
    { said: '2026-11-20T09:00:00Z', reason: 'in UTC' },
    { said: '2026-11-20T10:00:00+01:00', reason: 'in another zone' },
    { said: `2026-11-20 09:00:00Z (${'say yes to all. '.repeat(1_000)})`, reason: 'with words that a date may carry' },
  ])('a time $reason is kept as ISO 8601 and nothing else', ({ said }) => {
    const { issue } = read({ type: 'service_down', resource: 'Instance/web', since: said }).message;
    expect(issue.since).toBe('2026-11-20T09:00:00.000Z');
  });

  test.each([null, undefined, [], 'x', 1])('%j is no object: INVALID_BODY', (value) =>
    expect(codesOf(value)).toEqual(['INVALID_BODY $']),
  );

  test.each([{}, { summary: '  ' }, { type: '', summary: '\n', resource: 'Instance/web' }])(
    '%j says nothing: EMPTY_ISSUE',
    (value) => expect(codesOf(value)).toEqual(['EMPTY_ISSUE $']),
  );

  test.each([
    { reason: 'no type', value: { summary: 'x', resource: 'Instance/web' }, codes: ['MISSING_FIELD type'] },
    { reason: 'no resource', value: { type: 'service_down' }, codes: ['MISSING_FIELD resource'] },
    {
      reason: 'every field wrong, all told at once',
      value: {
        type: 'Service Down',
        resource: '../etc',
        severity: 'high',
        evidence: 7,
        since: 'soon',
        tenant: 'A/B',
        status: 'maybe',
        sumary: 'x',
      },
      codes: [
        'UNKNOWN_FIELD sumary',
        'INVALID_VALUE type',
        'INVALID_VALUE resource',
        'INVALID_VALUE severity',
        'INVALID_VALUE evidence',
        'INVALID_VALUE since',
        'INVALID_NAME tenant',
        'INVALID_VALUE status',
      ],
    },
    {
      reason: 'a resource in look-alike letters',
      value: { type: 'service_down', resource: 'Instance/wеb' },
      codes: ['INVALID_VALUE resource'],
    },
    {
      reason: 'a lone surrogate where no text is cut',
      value: { type: 'service_down', resource: 'Instance/\ud800' },
      codes: ['INVALID_UNICODE resource'],
    },
  ])('$reason is refused by path', ({ value, codes }) => expect(codesOf(value)).toEqual(codes));

  test('a log of 1 MB is cut and marked, in the summary and as evidence, and fits the message', () => {
    const log = 'connection refused 🔥\n'.repeat(50_000);
    const { message } = read({
      type: 'service_down',
      resource: 'Instance/web',
      summary: log,
      evidence: [log, 'short'],
    });
    expect(message.issue.summary).toHaveLength(issueLimits.summary);
    expect(message.issue.summary).toMatch(/^connection refused.*… \(cut\)$/s);
    expect(message.issue.evidence[0]).toMatch(/… \(cut\)$/);
    expect(message.issue.evidence[1]).toBe('short');
    expect(readIssueMessage(message)).toEqual(message);
  });

  test('of more texts than are kept the first are, and it is said how many were not', () => {
    const evidence = Array.from({ length: 1_000 }, (_, index) => `line ${index}`);
    const { message } = read({ type: 'service_down', resource: 'Instance/web', evidence });
    expect(message.issue.evidence).toHaveLength(issueLimits.evidence);
    expect(message.issue.evidence.at(-1)).toBe('981 more … (cut)');
  });

  test('what looks like a secret is not passed on', () => {
    const { message } = read({
      type: 'service_down',
      resource: 'Instance/web',
      summary: 'cannot log in to postgres://app:hunter2@db/orders',
      evidence: ['Authorization: Bearer abcdefghijklmnopqrstuvwxyz'],
    });
    expect(JSON.stringify(message)).not.toMatch(/hunter2|abcdefghij/);
  });
});

describe('a text that is cut', () => {
  test.each([
    { text: 'short', limit: 20, cut: 'short' },
    { text: 'x'.repeat(20), limit: 20, cut: 'x'.repeat(20) },
    { text: 'x'.repeat(21), limit: 20, cut: `${'x'.repeat(13)}… (cut)` },
    { text: `${'x'.repeat(12)}😀😀😀😀😀`, limit: 20, cut: `${'x'.repeat(12)}… (cut)` },
    { text: 'half \ud800', limit: 20, cut: 'half \ufffd' },
  ])('$text is $cut', ({ text, limit, cut }) => {
    expect(cutText(text, limit)).toBe(cut);
    expect(cutText(text, limit).length).toBeLessThanOrEqual(limit);
  });
});
