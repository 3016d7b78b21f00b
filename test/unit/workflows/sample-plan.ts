import type { SealedStep } from '../../../src/domain/plan.ts';
import type { SealedPlan } from '../../../src/domain/sealed-plan.ts';
import { createRunView, type RunView } from '../../../src/workflows/run-view.ts';

export const seal = 'a'.repeat(64);
export const web = { tenant: 'default', kind: 'Instance', name: 'web-01' };

export function sampleStep(change: Partial<SealedStep> = {}): SealedStep {
  return {
    id: 's1',
    toolName: 'provision_instance',
    parameters: { image: 'app' },
    description: 'make it',
    riskLevel: 'dangerous',
    toolDigest: 'd'.repeat(64),
    queue: 'homeostat-tools',
    gate: 'provision_instance is dangerous here',
    onFailure: 'abort',
    timeoutMs: 30_000,
    maximumAttempts: 3,
    summary: '[1/1] provision_instance(web-01)',
    ...change,
  };
}

export function samplePlan(
  steps: readonly SealedStep[] = [sampleStep()],
  reasoning = 'the image is another one',
): SealedPlan {
  return {
    format: 1,
    seal,
    content: {
      format: 1,
      tenant: 'default',
      resourceId: '2',
      workflowId: 'reconcile.default.Instance.web-01',
      firstRunId: 'run-1',
      pass: 1,
      desiredDigest: '',
      deltaDigest: '',
      policyDigest: '',
      stepDigests: [],
      expiresAt: Date.parse('2026-11-22T12:00:00.000Z'),
    },
    resource: web,
    identity: '',
    shape: '',
    desiredRevision: 7,
    change: 'update',
    plan: { steps, riskLevel: 'dangerous', reasoning },
    queue: 'homeostat-tools',
    needsApproval: true,
  };
}

export function sampleView(change: Partial<RunView> = {}): RunView {
  return { ...createRunView(web), pass: 1, ...change };
}
