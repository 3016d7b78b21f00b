import { describe, expect, test } from 'vitest';
import { emptyAuditHead, toAuditRecord } from '../../../src/domain/audit.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { maximumSteps } from '../../../src/domain/plan.ts';
import { toProposedPlan } from '../../../src/domain/proposed-plan.ts';
import type { SealedPlan } from '../../../src/domain/sealed-plan.ts';
import { hiddenMark } from '../../../src/domain/secret-patterns.ts';
import { samplePlan, sampleStep, seal, web } from '../workflows/sample-plan.ts';

const proposed = (plan: SealedPlan) => toProposedPlan(plan, 'instances');
const token = `ghp_${'a'.repeat(36)}`;
const shownOf = (parameters: JsonObject) => {
  const [step] = proposed(samplePlan([sampleStep({ parameters })])).steps as readonly JsonObject[];
  return step!.parameters;
};

describe('a plan in the audit chain', () => {
  test('says what is to be done, by which agent, why, and whether a person is asked', () => {
    expect(proposed(samplePlan())).toEqual({
      seal,
      agent: 'instances',
      change: 'update',
      riskLevel: 'dangerous',
      needsApproval: true,
      reasoning: 'the image is another one',
      steps: [{ id: 's1', toolName: 'provision_instance', riskLevel: 'dangerous', parameters: { image: 'app' } }],
    });
  });

  test('names the model that planned it', () => {
    const plannedBy = { provider: 'ollama', model: 'm' } as const;
    expect(proposed({ ...samplePlan(), plannedBy })).toMatchObject({ plannedBy });
  });

  test.each([
    { reason: 'a field named like a secret', given: { password: 'x' }, shown: { password: hiddenMark } },
    { reason: 'a secret in a list', given: { args: ['-v', token] }, shown: { args: ['-v', hiddenMark] } },
    { reason: 'an option with a secret', given: { args: ['--token=x'] }, shown: { args: [hiddenMark] } },
    {
      reason: 'a reference to a secret, which is none',
      given: { env: { DB_PASSWORD: { secretRef: 'db' } } },
      shown: { env: { DB_PASSWORD: { secretRef: 'db' } } },
    },
    {
      reason: 'a reference to an earlier result',
      given: { id: { $ref: 'steps.s1.result.id' } },
      shown: { id: { $ref: 'steps.s1.result.id' } },
    },
  ])('shows of $reason what may be shown', ({ given, shown }) => {
    expect(shownOf(given)).toEqual(shown);
  });

  test('leaves a secret out of the reasoning', () => {
    const { reasoning } = proposed(samplePlan(undefined, `it logs in with ${token}, so`));
    expect(reasoning).toBe('it logs in with [secret], so');
  });

  test('shows the beginning of what is long, and how long it is, with no secret at the cut', () => {
    const text = 'x'.repeat(1_000);
    expect(proposed(samplePlan(undefined, text)).reasoning).toBe(`${'x'.repeat(500)}… (cut, 1000 characters)`);
    expect(shownOf({ text })).toBe(`{"text":"${'x'.repeat(491)}… (cut, 1011 characters)`);
    expect(shownOf({ text: 'x'.repeat(470), note: token })).not.toContain('ghp_');
  });

  test('is small, however long the plan is', () => {
    const long = '"'.repeat(200_000);
    const steps = Array.from({ length: maximumSteps }, () => sampleStep({ parameters: { long } }));
    const shown = proposed(samplePlan(steps, long));
    expect(shown.steps).toHaveLength(maximumSteps);
    expect(JSON.stringify(shown).length).toBeLessThan(64 * 1024);
  });

  test('can be recorded, also where half a character stands in the reasoning or at the cut', () => {
    const text = `x${'🦊'.repeat(500)}`;
    const plan = samplePlan([sampleStep({ parameters: { text } })], `half \ud83e of it`);
    const event = { type: 'plan-proposed', workflowId: 'w', runId: 'r', detail: proposed(plan) } as const;
    expect(() => toAuditRecord(emptyAuditHead, web, '2026-11-21T12:00:00.000Z', event)).not.toThrow();
  });
});
