import type { ActualRecord } from '../../../src/domain/actual.ts';
import type { ApprovalRequest, Decision } from '../../../src/domain/approval.ts';
import { createKeys } from '../../../src/domain/keys.ts';
import type { LedgerEntry } from '../../../src/domain/ledger.ts';
import { parseResource, type Resource } from '../../../src/domain/resource.ts';
import { createStateOver, type StateOptions } from '../../../src/state/state.ts';
import { createFaultyStore } from './faulty-store.ts';

export const web = { tenant: 'default', kind: 'Widget', name: 'web' } as const;
export const seal = 'a'.repeat(64);
export const scope = { workflowId: 'reconcile.default.Widget.web', runId: 'run-1' } as const;
export const keys = createKeys('/test');

/** State over a memory store that fails as told. */
export function createTestState(options: StateOptions = {}) {
  const store = createFaultyStore();
  return { store, state: createStateOver(store, keys, options) };
}

export function sampleResource(name = 'web', spec: Record<string, unknown> = { size: 1 }): Resource {
  return parseResource({ apiVersion: 'homeostat/v1', kind: 'Widget', metadata: { name }, spec });
}

export function sampleActual(change: Partial<ActualRecord['status']> = {}): ActualRecord {
  return {
    apiVersion: 'homeostat/v1',
    kind: 'Widget',
    metadata: { name: 'web', tenant: 'default' },
    id: '2',
    status: { state: 'Running', settledRevision: 1, drifted: false, failures: 0, conditions: [], ...change },
  };
}

export function sampleIntent(change: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    state: 'intent',
    resource: web,
    seal,
    step: 's1',
    toolName: 'make_widget',
    parameters: {},
    idempotencyKey: `${seal}-s1-0`,
    generation: 0,
    attempt: 1,
    worker: 'host-1',
    startedAt: '2026-11-21T00:00:00.000Z',
    ...change,
  };
}

export function sampleRequest(change: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    seal,
    content: {
      format: 1,
      tenant: 'default',
      resourceId: '2',
      workflowId: scope.workflowId,
      firstRunId: 'run-1',
      pass: 1,
      desiredDigest: '',
      deltaDigest: '',
      policyDigest: '',
      stepDigests: [],
      expiresAt: 0,
    },
    resource: web,
    workflowId: scope.workflowId,
    plan: { steps: [], riskLevel: 'dangerous', reasoning: '' },
    requester: 'unknown',
    requestedAt: '2026-11-21T00:00:00.000Z',
    expiresAt: '2026-11-22T00:00:00.000Z',
    state: 'pending',
    ...change,
  };
}

export function sampleDecision(verdict: Decision['verdict'], change: Partial<Decision> = {}): Decision {
  return { verdict, seal, approver: 'unverified:ann', decidedAt: '2026-11-21T01:00:00.000Z', ...change };
}
