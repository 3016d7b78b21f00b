import { describe, expect, test } from 'vitest';
import { renderPreview } from '../../../src/cli/plan.ts';
import { renderRequest, showExpiry } from '../../../src/cli/render-plan.ts';
import { removeStep, sealedRequest } from '../starters/sealed-requests.ts';

const key = { tenant: 'default', kind: 'Database', name: 'main' };
const request = sealedRequest(key);
const now = Date.parse('2030-01-01T00:00:30Z');

describe('a request as an approver sees it', () => {
  test('shows what is sealed, and the words of the planner apart', () => {
    expect(renderRequest(request, now)).toBe(`Plan for Database/main of tenant default: 1 step, dangerous
  s1  drop_database  dangerous
      drop main with all it has
      {"name":"main"}
      waits for a person: drop_database is dangerous here
The planner says (not part of what is approved): main is not wanted any more
Asked for by unknown, expires in 23 h 59 min
Seal ${request.seal}
`);
  });

  test('says which model planned it, and marks its words', () => {
    const asked = { ...request, plannedBy: { provider: 'ollama', model: 'm' } as const };
    expect(renderRequest(asked, now)).toContain('\n      the model says: drop main with all it has\n');
    expect(renderRequest(asked, now)).toContain('\nPlanned by ollama m\n');
  });

  test('says how much of long parameters is cut, and what shows the whole', () => {
    const long = { ...removeStep, parameters: { text: 'x'.repeat(3_000) } };
    const asked = { ...request, resource: { ...key, tenant: 'blue' }, plan: { ...request.plan, steps: [long] } };
    expect(renderRequest(asked, now)).toContain(
      `      {"text":"${'x'.repeat(1_991)}\n      and 1011 characters more: read all with homeostat describe Database/main --output json --tenant blue\n`,
    );
  });

  test('nothing in it moves the cursor', () => {
    const evil = { ...removeStep, description: 'safe\u001b[1A\u001b[2K', parameters: { name: '\u202eniam' } };
    const text = renderRequest({ ...request, plan: { ...request.plan, steps: [evil], reasoning: 'x\ny\u0007' } }, now);
    expect(text).toContain('safe\\u{1b}[1A\\u{1b}[2K\n');
    expect(text).toContain('{"name":"\\u{202e}niam"}\n');
    expect(text).toContain('x\\u{a}y\\u{7}\n');
  });

  test.each([
    { expiresAt: '2030-01-01T00:00:00Z', words: 'expired' },
    { expiresAt: '2030-01-01T00:01:00Z', words: 'expires in less than a minute' },
    { expiresAt: '2030-01-01T00:05:30Z', words: 'expires in 5 min' },
  ])('$words', ({ expiresAt, words }) => {
    expect(showExpiry(expiresAt, now)).toBe(words);
  });
});

describe('a preview', () => {
  const { plan } = request;
  test('of a plan says whether it would wait', () => {
    const preview = { type: 'plan', change: 'delete', plan, needsApproval: true } as const;
    expect(renderPreview({ key, preview })).toBe(`Database/main: delete, dangerous
  s1  drop_database  dangerous
      drop main with all it has
      {"name":"main"}
      waits for a person: drop_database is dangerous here
The planner says (not part of what is approved): main is not wanted any more
It would wait for approval.
`);
  });

  test('of a plan of a model marks its words, and says what shows long parameters whole', () => {
    const long = { ...removeStep, parameters: { text: 'x'.repeat(3_000) } };
    const preview = {
      type: 'plan',
      change: 'delete',
      plan: { ...plan, steps: [long] },
      needsApproval: true,
      answer: 'digest',
    } as const;
    const text = renderPreview({ key, preview });
    expect(text).toContain('\n      the model says: drop main with all it has\n');
    expect(text).toContain('\n      and 1011 characters more: read all with this command and --output json\n');
  });

  test('without a plan says why', () => {
    const blocked = { type: 'blocked', block: { code: 'NO_RULE', message: 'no rule for this', retry: false } } as const;
    expect(renderPreview({ key, preview: { type: 'nothing' } })).toBe('Database/main: nothing to do\n');
    expect(renderPreview({ key, preview: blocked })).toBe('Database/main: blocked, no rule for this\n');
    expect(renderPreview({ key, preview: { type: 'elsewhere', host: 'host-1' } })).toBe(
      'Database/main: only host host-1 can look at it, and it does not answer\n',
    );
  });
});
