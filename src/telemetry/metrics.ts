import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { issueTypes } from '../domain/issue-types.ts';
import { workflowTypes } from '../domain/messages.ts';

const moments = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const steps = [...moments, 30, 60, 300];
/** A run may wait for a person for a day. */
const runs = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 14_400, 86_400];

/** From when something broke until it is proven to be well. */
const outages = [5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400];

/** The label of each kind that no agent at hand has, and of its agent. */
const foreignKind = 'unregistered';
/** The label of each type of fault that neither we nor a kind at hand knows. */
const otherIssue = 'other';

/**
 * Everything we count, of one runtime. Labels have few values, all of them in code: kinds, tools, codes, outcomes. Never
 * a tenant or a resource, of which there may be thousands; traces and logs tell of single ones. `owners` are the agents at
 * hand, by kind: whatever else stands in etcd counts as `unregistered`, so nobody makes labels by writing keys; a type of fault that neither
 * we nor such a kind knows counts as `other`. Models are those of the configuration.
 *
 * What activities and runs are counted by happens at least once, like these: a worker that dies between the work and its
 * being known makes one count twice.
 */
export function createMetrics(owners: ReadonlyMap<string, string>, ownIssueTypes: readonly string[] = []) {
  const knownIssues = new Set([...issueTypes.map(({ type }) => type), ...ownIssueTypes]);
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter<Label>({ name, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ) => new Histogram<Label>({ name, help, labelNames, buckets, registers });

  const run = histogram(
    'homeostat_run_seconds',
    'Runs that ended, by how, with their whole duration.',
    ['workflow', 'outcome'],
    runs,
  );
  // There from the beginning: Prometheus does not see the first of a series as growth, and one such run is one too many.
  for (const workflow of Object.values(workflowTypes)) run.zero({ workflow, outcome: 'failed' });

  const incidentsClosed = counter(
    'homeostat_incidents_closed_total',
    'Ends of incidents: resolved, or escalated to people.',
    ['kind', 'type', 'outcome'],
  );
  for (const kind of [...owners.keys(), foreignKind])
    for (const type of [...knownIssues, otherIssue]) incidentsClosed.inc({ kind, type, outcome: 'escalated' }, 0);

  return {
    registry,
    issueLabel: (type: string) => (knownIssues.has(type) ? type : otherIssue),
    kindLabel: ({ kind }: { readonly kind: string }) => (owners.has(kind) ? kind : foreignKind),
    agentLabel: ({ kind }: { readonly kind: string }) => owners.get(kind) ?? foreignKind,
    hints: counter('homeostat_hints_total', 'What the watcher saw that asks for a run, by reason.', ['reason']),
    hintAttempts: counter(
      'homeostat_hint_attempts_total',
      'Tries to tell a run (signal-with-start): sent, or failed and to be tried again.',
      ['outcome'],
    ),
    hintDelay: histogram(
      'homeostat_hint_delay_seconds',
      'Time from an event until its run is told of it, including time spent waiting behind other hints for the same resource.',
      [],
      steps,
    ),
    runsStarted: counter('homeostat_runs_started_total', 'Runs that began, by workflow type.', ['workflow']),
    run,
    plans: counter('homeostat_plans_total', 'What observing and planning came to.', ['agent', 'kind', 'outcome']),
    passes: counter(
      'homeostat_passes_total',
      'What was put on record at the end of a pass; with the code when it is blocked.',
      ['kind', 'outcome', 'code'],
    ),
    step: histogram(
      'homeostat_step_seconds',
      'Attempts of steps by tool: done, adopted from an earlier attempt, or the failure code.',
      ['tool', 'outcome'],
      steps,
    ),
    approvalsRequested: counter('homeostat_approvals_requested_total', 'Plans put before people.', ['kind']),
    approvalsClosed: counter('homeostat_approvals_closed_total', 'Ends of waits for a decision, by how.', [
      'kind',
      'outcome',
    ]),
    effectsUnknown: counter('homeostat_effects_unknown_total', 'Effects that nobody could prove, put before people.', [
      'kind',
    ]),
    effectsResolved: counter('homeostat_effects_resolved_total', 'What people said became of such effects.', [
      'kind',
      'choice',
    ]),
    incidentsOpened: counter(
      'homeostat_incidents_opened_total',
      'Faults that came to be treated: open, or flapping and given to people at once; or suppressed, for it was over moments ago.',
      ['kind', 'type', 'outcome'],
    ),
    incidentsClosed,
    incidentResolved: histogram(
      'homeostat_incident_resolution_seconds',
      'From the beginning of a fault, by whoever reported it, to the proof that it is gone.',
      ['type'],
      outages,
    ),
    checks: counter(
      'homeostat_checks_total',
      "Looks of the runtime's own checks: good, bad, or unseen; and what was told of them: reported, recovered.",
      ['type', 'outcome'],
    ),
    modelCalls: counter(
      'homeostat_model_calls_total',
      'Calls of language models: answered, or the failure code. A plan from the record is no call.',
      ['provider', 'model', 'outcome'],
    ),
    modelTokens: counter(
      'homeostat_model_tokens_total',
      'Tokens of language models, by type: input that was not cached, cached input, output.',
      ['provider', 'model', 'type'],
    ),
    modelCost: counter(
      'homeostat_model_cost_dollars_total',
      'What answers of language models cost, by the configured prices.',
      ['provider', 'model'],
    ),
    store: histogram('homeostat_store_seconds', 'Calls of etcd that were answered.', ['operation'], moments),
    storeFaults: counter('homeostat_store_faults_total', 'Calls of etcd that failed, by code.', ['operation', 'code']),
    spans: counter('homeostat_spans_total', 'Spans handed to the collector: sent or failed.', ['outcome']),
    gauge: <Label extends string>(
      name: string,
      help: string,
      labelNames: readonly Label[],
      collect: (gauge: Gauge<Label>) => void,
    ) =>
      new Gauge<Label>({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          collect(this);
        },
      }),
    /** A counter whose value somebody else keeps. */
    keptCounter: (name: string, help: string, read: () => number) =>
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
