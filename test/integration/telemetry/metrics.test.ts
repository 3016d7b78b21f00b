import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measureRuntime, type MeasuredParts } from '../../../src/telemetry/measure-runtime.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { readDocumentedMetrics } from '../../support/documented-metrics.ts';
import { reportIssue } from '../../support/report-issue.ts';
import { scrape, type ScrapedMetrics } from '../../support/scrape.ts';
import { startTestBed, widgetKey, type TestBed } from '../../support/test-bed.ts';
import { waitFor } from '../../support/wait-for.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ mode: 'plain', plain: true });
});
afterAll(() => bed?.stop());

const look = () => scrape(bed.runtime.healthUrl);
/** The metrics once they say so: the watcher and the worker tell a moment after the store. */
const lookFor = (what: string, matches: (metrics: ScrapedMetrics) => boolean): Promise<ScrapedMetrics> =>
  waitFor(what, async () => {
    const metrics = await look();
    return matches(metrics) && metrics;
  });

test('a resource that converges moves each count by what it took', async () => {
  const before = await look();
  // A failure that never happened is a zero, so that the first one is seen to be more.
  expect(before.labelsOf('homeostat_run_seconds')).toContainEqual({ workflow: 'reconcile', outcome: 'failed' });
  const grown = (now: ScrapedMetrics, name: string, labels?: Record<string, string>) =>
    now.value(name, labels) - before.value(name, labels);
  await bed.put('counted', { size: 1, steps: 3 });
  await bed.settled('counted');
  const after = await lookFor('the run to be counted', (now) => grown(now, 'homeostat_run_seconds') === 1);
  const counts = {
    hints: grown(after, 'homeostat_hints_total', { reason: 'desired-changed' }),
    sent: grown(after, 'homeostat_hint_attempts_total', { outcome: 'sent' }),
    failed: grown(after, 'homeostat_hint_attempts_total', { outcome: 'failed' }),
    delays: grown(after, 'homeostat_hint_delay_seconds'),
    started: grown(after, 'homeostat_runs_started_total', { workflow: 'reconcile' }),
    ended: grown(after, 'homeostat_run_seconds', { workflow: 'reconcile', outcome: 'converged' }),
    plans: grown(after, 'homeostat_plans_total', { agent: 'widgets', kind: 'Widget', outcome: 'plan' }),
    passes: grown(after, 'homeostat_passes_total', { kind: 'Widget', outcome: 'converged', code: '' }),
    prepared: grown(after, 'homeostat_step_seconds', { tool: 'prepare_widget', outcome: 'done' }),
    put: grown(after, 'homeostat_step_seconds', { tool: 'put_widget', outcome: 'done' }),
    running: grown(after, 'homeostat_resources', { kind: 'Widget', state: 'Running' }),
  };
  expect(counts).toEqual({
    hints: 1,
    sent: 1,
    failed: 0,
    delays: 1,
    started: 1,
    ended: 1,
    plans: 1,
    passes: 1,
    prepared: 2,
    put: 1,
    running: 1,
  });
  expect(grown(after, 'homeostat_store_seconds', { operation: 'commit' })).toBeGreaterThan(0);
  expect(after.value('homeostat_store_faults_total')).toBe(0);
  expect(after.value('homeostat_watcher_connected')).toBe(1);
  expect(after.value('homeostat_watcher_silence_seconds')).toBeLessThan(3);
  expect(after.value('homeostat_hints_pending')).toBe(0);
});

test('a wait for approval shows while it lasts, and its end is counted', async () => {
  await bed.put('awaited', { size: 1 });
  await bed.settled('awaited');
  await bed.remove('awaited');
  await lookFor('the wait', (now) => now.value('homeostat_resources_waiting', { for: 'approval' }) === 1);
  const [request] = await bed.servers.state.approvals.list('default', 'pending');
  await bed.signal('awaited', 'reject', { seal: request!.seal, approver: 'ann' });
  await bed.condition('awaited', 'Blocked');
  const after = await lookFor(
    'the wait to be over',
    (now) => now.value('homeostat_resources_waiting', { for: 'approval' }) === 0,
  );
  expect(after.value('homeostat_approvals_requested_total', { kind: 'Widget' })).toBe(1);
  expect(after.value('homeostat_approvals_closed_total', { kind: 'Widget', outcome: 'rejected' })).toBe(1);
  expect(after.value('homeostat_passes_total', { outcome: 'blocked', code: 'APPROVAL_REJECTED' })).toBe(1);
  expect(after.value('homeostat_resource_conditions', { type: 'Blocked', reason: 'ApprovalRejected' })).toBe(1);
});

test('an effect that nobody can prove shows until somebody says what became of it', async () => {
  await bed.effects.setBehaviour({ failAfter: true });
  await bed.put('unproven', { size: 1 });
  await bed.condition('unproven', 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.effects.setBehaviour({ failAfter: false });
  const during = await lookFor(
    'the open effect',
    (now) => now.value('homeostat_resources_waiting', { for: 'outcome' }) === 1,
  );
  expect(during.value('homeostat_effects_unknown_total', { kind: 'Widget' })).toBe(1);
  expect(during.value('homeostat_step_seconds', { tool: 'put_widget', outcome: 'OUTCOME_UNKNOWN' })).toBe(1);
  const [open] = await bed.servers.state.ledger.listOpen(widgetKey('unproven'));
  const { seal, step } = open!.entry;
  await bed.signal('unproven', 'resolve', { seal, step, choice: 'adopt', approver: 'ann' });
  await bed.settled('unproven');
  const after = await lookFor('no open effect', (now) => now.value('homeostat_resources_waiting') === 0);
  expect(after.value('homeostat_effects_resolved_total', { kind: 'Widget', choice: 'adopt' })).toBe(1);
});

test('drift is counted when it is found and when it has ended', async () => {
  await bed.put('drifting', { size: 5 });
  const { status } = await bed.settled('drifting');
  await bed.closed('drifting');
  const before = await look();
  await bed.effects.meddle('default.widget.drifting', 'put', { size: 6 });
  await bed.servers.state.changeActual(widgetKey('drifting'), (current) =>
    current === undefined ? 'unchanged' : { ...current, status: { ...status, drifted: true } },
  );
  const after = await lookFor('the drift to end', (now) => now.value('homeostat_drifts_ended_total') === 1);
  expect(after.value('homeostat_drifts_found_total')).toBe(1);
  expect(after.value('homeostat_resources_drifted')).toBe(0);
  expect(after.value('homeostat_hints_total', { reason: 'drifted' })).toBe(1);
  expect(before.value('homeostat_drifts_found_total')).toBe(0);
});

test('an incident is counted when it is opened, and when it is over with the time it took', async () => {
  await bed.put('faulty', { size: 1 });
  await bed.settled('faulty');
  const before = await look();
  // An escalation that never happened is a zero, so that the first one is seen to be more.
  const escalated = { kind: 'Widget', type: 'service_down', outcome: 'escalated' };
  const known = before.labelsOf('homeostat_incidents_closed_total');
  expect(known).toContainEqual(escalated);
  expect(known).toContainEqual({ ...escalated, type: 'other' });
  expect(known).toContainEqual({ ...escalated, kind: 'unregistered', type: 'other' });
  const since = new Date(Date.now() - 60_000).toISOString();
  await reportIssue(bed.servers.client, widgetKey('faulty'), { since });
  await reportIssue(bed.servers.client, widgetKey('faulty'), { type: 'a_word_of_its_own' });
  const after = await lookFor('both to be over', (now) => now.value('homeostat_incidents_closed_total') === 2);
  const opened = { kind: 'Widget', outcome: 'open' };
  expect(after.value('homeostat_incidents_opened_total', { ...opened, type: 'service_down' })).toBe(1);
  expect(after.value('homeostat_incidents_opened_total', { ...opened, type: 'other' })).toBe(1);
  const resolved = { kind: 'Widget', type: 'service_down', outcome: 'resolved' };
  expect(after.value('homeostat_incidents_closed_total', resolved)).toBe(1);
  expect(after.value('homeostat_incidents_closed_total', escalated)).toBe(0);
  expect(after.value('homeostat_incident_resolution_seconds', { type: 'service_down' })).toBe(1);
});

test('a key that names no resource is counted for as long as it stands', async () => {
  const { store, keys } = bed.servers.state;
  const key = `${keys.desiredPrefix}default/not-a-kind`;
  await store.commit([], [{ type: 'put', key, value: '{}' }]);
  await lookFor('the key', (now) => now.value('homeostat_malformed_keys') === 1);
  await store.commit([], [{ type: 'delete', key }]);
  await lookFor('no such key', (now) => now.value('homeostat_malformed_keys') === 0);
});

test('an actual record that somebody broke counts as absent and keeps nothing else from being told', async () => {
  const { store, keys } = bed.servers.state;
  const before = await look();
  const key = keys.actual(widgetKey('broken'));
  const value = JSON.stringify({ status: { state: 'Running', settledRevision: 0, conditions: 5 } });
  const { revision } = await store.commit([], [{ type: 'put', key, value }]);
  const after = await lookFor('it to be seen', (now) => now.value('homeostat_watcher_revision') >= revision);
  expect(after.value('homeostat_resources')).toBe(before.value('homeostat_resources'));
  await store.commit([], [{ type: 'delete', key }]);
});

test('resources of no agent here share one label, and no label names a resource or a tenant', async () => {
  await bed.putRaw({ tenant: 'default', kind: 'Foreign', name: 'one' }, '{}');
  await bed.putRaw({ tenant: 'default', kind: 'Stranger', name: 'two' }, '{}');
  const metrics = await lookFor('both', (now) => now.value('homeostat_resources', { kind: 'unregistered' }) === 2);
  const ours = [...metrics.names].filter((name) => name.startsWith('homeostat_') && name !== 'homeostat_info');
  const labels = new Set(ours.flatMap((name) => metrics.labelsOf(name).flatMap((one) => Object.keys(one))));
  expect([...labels].toSorted()).toEqual(
    [
      'agent',
      'code',
      'choice',
      'for',
      'kind',
      'operation',
      'outcome',
      'reason',
      'state',
      'tool',
      'type',
      'workflow',
    ].toSorted(),
  );
  const values = new Set(ours.flatMap((name) => metrics.labelsOf(name).flatMap((one) => Object.values(one))));
  for (const name of ['default', 'counted', 'awaited', 'unproven', 'drifting']) expect(values).not.toContain(name);
});

test('a workflow task that cannot go on is counted, by its kind of fault', async () => {
  const stray = await bed.servers.client.workflow.start('no-such-workflow', {
    taskQueue: 'homeostat',
    workflowId: 'x',
  });
  const failed = 'temporal_workflow_task_execution_failed_total';
  await lookFor('the fault', (now) => now.value(failed, { workflow_type: 'no-such-workflow' }) > 0);
  await stray.terminate();
});

describe('docs/telemetry.md', () => {
  const documented = readDocumentedMetrics();
  const declared = createMetrics(new Map());
  measureRuntime(declared, { watcher: {} } as MeasuredParts);
  const labelNamesOf = (name: string) =>
    (declared.registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames.toSorted();

  test('it tells of each metric of ours that is on the page, and of no other', async () => {
    const ours = [...(await look()).names].filter((name) => name.startsWith('homeostat_'));
    expect(
      documented
        .map(({ name }) => name)
        .filter((name) => name.startsWith('homeostat_'))
        .toSorted(),
    ).toEqual(ours.toSorted());
  });

  test.each(documented)('$name is on the page with its type and labels', async ({ name, type, labels }) => {
    const metrics = await (name.startsWith('etcd_') ? scrape(bed.servers.etcdEndpoints[0]!) : look());
    expect(metrics.typeOf(name)).toBe(type);
    const samples = metrics.labelsOf(name);
    if (name.startsWith('homeostat_')) {
      for (const sample of samples) expect(Object.keys(sample).toSorted()).toEqual(labels);
      // Those that nothing here has moved are on the page without a sample.
      expect(labelNamesOf(name)).toEqual(labels);
    } else {
      expect(samples.length).toBeGreaterThan(0);
      for (const sample of samples) expect(Object.keys(sample)).toEqual(expect.arrayContaining([...labels]));
    }
  });
});

test("the page holds the process's numbers and the Temporal SDK's too", async () => {
  const metrics = await look();
  expect(metrics.value('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
  expect(metrics.value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(metrics.value('temporal_workflow_completed_total', { workflow_type: 'reconcile' })).toBeGreaterThan(0);
  expect(
    metrics.value('temporal_activity_execution_latency_seconds', { activity_type: 'executeStep' }),
  ).toBeGreaterThan(0);
});
