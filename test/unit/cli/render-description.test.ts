import { describe, expect, test } from 'vitest';
import type { Description } from '../../../src/cli/describe.ts';
import { renderDescription } from '../../../src/cli/render-description.ts';
import { toAuditRecord, emptyAuditHead } from '../../../src/domain/audit.ts';
import type { LedgerEntry } from '../../../src/domain/ledger.ts';

const key = { tenant: 'default', kind: 'Instance', name: 'web' };
const record = toAuditRecord(emptyAuditHead, key, '2030-01-01T00:00:00.000Z', {
  type: 'step-end',
  workflowId: 'w',
  runId: 'r',
  detail: { seal: 'f'.repeat(64), step: 's1', toolName: 'start_instance', state: 'done' },
});
const description: Description = {
  apiVersion: 'homeostat/v1',
  kind: 'Instance',
  metadata: {
    name: 'web',
    tenant: 'default',
    annotations: { 'homeostat.io/set': 'shop' },
    dependsOn: ['Instance/api'],
    id: '4',
    version: 9,
  },
  spec: { image: 'examples/web', note: 'two\nlines\u202e' },
  status: {
    state: 'Error',
    settledRevision: 9,
    drifted: true,
    failures: 2,
    retryAt: '2030-01-01T00:01:00.000Z',
    owner: 'host-1',
    conditions: [{ type: 'Blocked', status: 'True', reason: 'TOOL_FAILED', message: 'it did not start' }],
    observed: { state: 'exited' },
  },
  pauses: [{ scope: 'kind/Instance', by: 'ann', reason: 'moving house', since: '' }],
  openEffects: [],
  incidents: [
    {
      format: 1,
      resource: key,
      type: 'service_down',
      severity: 'critical',
      summary: 'it does not answer\u202e',
      state: 'escalated',
      workflowId: 'heal.default.Instance.web.service_down',
      runId: 'r2',
      since: '2030-01-01T00:00:00.000Z',
      openedAt: '2030-01-01T00:00:01.000Z',
      closedAt: '2030-01-01T00:00:09.000Z',
      attempts: [
        { cause: 'the process is gone', cites: ['e1'], steps: ['start_instance: done'], outcome: 'it ended again' },
        { cause: 'the port is taken', cites: [], steps: [], outcome: 'nothing to do' },
      ],
      reason: 'two repairs did not help',
      report: 'd'.repeat(64),
      earlier: [],
      desiredRevision: 9,
    },
  ],
  audit: [record],
  workflowId: 'reconcile.default.Instance.web',
  runUrl: 'http://127.0.0.1:8233/namespaces/default/workflows/reconcile.default.Instance.web',
};

describe('a description', () => {
  test('tells all there is on one page', () => {
    expect(renderDescription(description, 0)).toBe(`Instance/web
  Tenant      default
  State       Error
  Version     9, dealt with
  Drifted     yes
  Set         shop
  Depends on  Instance/api
  Paused      kind/Instance by ann (moving house)
  Tries again 2030-01-01T00:01:00.000Z
  Host        host-1
  Workflow    reconcile.default.Instance.web
  Runs        http://127.0.0.1:8233/namespaces/default/workflows/reconcile.default.Instance.web

Wanted
  image: examples/web
  note: |-
    two
    lines\\u{202e}

Actual
  state: exited

Conditions
  TYPE     STATUS  REASON       MESSAGE
  Blocked  True    TOOL_FAILED  it did not start

Incidents
  service_down, escalated (critical)
    Said      it does not answer\\u{202e}
    Since     2030-01-01T00:00:00.000Z
    Closed    2030-01-01T00:00:09.000Z
    Why       two repairs did not help
    Report    homeostat incidents Instance/web --report
    Workflow  heal.default.Instance.web.service_down
    Try 1     the process is gone (by rules; from e1): start_instance: done: it ended again
    Try 2     the port is taken (by rules): no step: nothing to do

Last on record
  SEQ  AT                        EVENT     DETAIL
  1    2030-01-01T00:00:00.000Z  step-end  step=s1 toolName=start_instance state=done
`);
  });

  test('tells commands that reach the tenant of the resource', () => {
    const resource = { ...key, tenant: 'blue' };
    const effect: LedgerEntry = {
      state: 'unknown',
      resource,
      seal: 'f'.repeat(64),
      step: 's1',
      toolName: 'start_instance',
      parameters: {},
      idempotencyKey: 'k',
      generation: 0,
      attempt: 1,
      worker: 'w',
      startedAt: '2030-01-01T00:00:00.000Z',
    };
    const incidents = description.incidents.map((incident) => ({ ...incident, resource }));
    const text = renderDescription({ ...description, openEffects: [effect], incidents }, 0);
    expect(text.match(/homeostat \w+ Instance.*/g)).toEqual([
      'homeostat resolve Instance/web --step s1 --seal ffffffffffff --choice <adopt, redo or give_up> --tenant blue',
      'homeostat incidents Instance/web --report --tenant blue',
    ]);
  });

  test('leaves out what there is not, and says when nothing is wanted any more', () => {
    const { apiVersion, kind } = description;
    const bare: Description = {
      apiVersion,
      kind,
      metadata: { name: 'web', tenant: 'default', id: '4' },
      spec: {},
      status: { state: 'Pending' },
      pauses: [],
      openEffects: [],
      incidents: [],
      audit: [],
      workflowId: 'reconcile.default.Instance.web',
    };
    expect(renderDescription(bare, 0)).toBe(`Instance/web
  Tenant      default
  State       Pending
  Version     no longer wanted
  Workflow    reconcile.default.Instance.web
`);
  });
});
