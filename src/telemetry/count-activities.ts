import { performance } from 'node:perf_hooks';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Activities } from '../activities/create-activities.ts';
import type { ExecuteStepInput, StepResult } from '../domain/run.ts';
import type { Metrics } from './metrics.ts';

type Input<Name extends keyof Activities> = Parameters<Activities[Name]>[0];
type Result<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

/** What one activity that came to its end adds to the counts. */
type Counts = {
  readonly [Name in keyof Activities]?: (metrics: Metrics, input: Input<Name>, result: Result<Name>) => void;
};

const counts: Counts = {
  observeAndPlan({ plans, agentLabel, kindLabel }, { resource }, { type }) {
    plans.inc({ agent: agentLabel(resource), kind: kindLabel(resource), outcome: type });
  },
  verifyAndRecord({ passes, kindLabel }, { resource }, { type }) {
    passes.inc({ kind: kindLabel(resource), outcome: type, code: '' });
  },
  recordBlocked({ passes, kindLabel }, { resource, block }) {
    passes.inc({ kind: kindLabel(resource), outcome: 'blocked', code: block.code });
  },
  openRequest({ approvalsRequested, kindLabel }, { resource }) {
    approvalsRequested.inc({ kind: kindLabel(resource) });
  },
  closeRequest({ approvalsClosed, kindLabel }, { resource, outcome }) {
    const end = outcome.type === 'decided' ? outcome.decision.verdict : outcome.type;
    approvalsClosed.inc({ kind: kindLabel(resource), outcome: end });
  },
  openIncident({ incidentsOpened, kindLabel, issueLabel }, { resource, issue }, { type }) {
    incidentsOpened.inc({ kind: kindLabel(resource), type: issueLabel(issue.type), outcome: type });
  },
  closeIncident({ incidentsClosed, incidentResolved, kindLabel, issueLabel }, { resource, issue, outcome, now }) {
    const type = issueLabel(issue.type);
    incidentsClosed.inc({ kind: kindLabel(resource), type, outcome });
    // Whoever reported it may have a clock of his own.
    if (outcome === 'resolved') incidentResolved.observe({ type }, Math.max(0, now - Date.parse(issue.since)) / 1_000);
  },
  markUnknown({ effectsUnknown, kindLabel }, { resource, open }) {
    effectsUnknown.inc({ kind: kindLabel(resource) }, open.length);
  },
  resolveEffect({ effectsResolved, kindLabel }, { resource, choice }) {
    effectsResolved.inc({ kind: kindLabel(resource), choice });
  },
};

/** Counts what came of activities, and times the attempts of steps, also those that failed. */
export function countActivities(metrics: Metrics): ActivityInterceptorsFactory {
  return ({ info: { activityType } }) => ({
    inbound: {
      async execute(input, next) {
        const argument = input.args[0];
        const startedAt = performance.now();
        const countAttempt = (outcome: string) => {
          if (activityType !== 'executeStep') return;
          const tool = (argument as ExecuteStepInput).step.toolName;
          metrics.step.observe({ tool, outcome }, (performance.now() - startedAt) / 1_000);
        };
        try {
          const result: unknown = await next(input);
          countResult(metrics, activityType, argument, result);
          countAttempt((result as StepResult | undefined)?.outcome ?? '');
          return result;
        } catch (error) {
          countAttempt(toOutcomeCode(error));
          throw error;
        }
      },
    },
  });
}

function countResult(metrics: Metrics, name: string, input: unknown, result: unknown): void {
  const count = counts[name as keyof Activities] as
    ((metrics: Metrics, input: unknown, result: unknown) => void) | undefined;
  count?.(metrics, input, result);
}

/** What an attempt ended with, in one word. */
export function toOutcomeCode(error: unknown): string {
  if (error instanceof CancelledFailure) return 'CANCELLED';
  return error instanceof ApplicationFailure ? (error.type ?? 'RUNTIME_FAULT') : 'RUNTIME_FAULT';
}
