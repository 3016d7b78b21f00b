import {
  diagnosisIdentity,
  showDiagnosis,
  type DiagnosisAnswer,
  type DiagnosisFields,
  type DiagnosisQuestion,
} from '../domain/diagnosis.ts';
import type { Diagnosis, RepairInput } from '../domain/heal.ts';
import { showResource } from '../domain/identity.ts';
import { findIssueType } from '../domain/issue-types.ts';
import { showModel, type ModelName } from '../domain/model-route.ts';
import type { ExecutionPlan } from '../domain/plan.ts';
import { questionIdentity, type IncidentFacts, type PlanAnswer } from '../domain/plan-question.ts';
import type { Question } from '../domain/run.ts';
import type { Runbook } from '../domain/runbook.ts';
import { toExecutionPlan } from '../planners/to-execution-plan.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { modeOf } from './hold-back.ts';
import { keepQuestion } from './keep-question.ts';
import type { ComparedResource } from './observe-resource.ts';
import { loadAnswer, toModelName, toPlanQuestion } from './plan-for.ts';
import { policyDigestOf } from './seal-plan.ts';

/** What models came to, or what one is to be asked next; with what is known of the cause by then. */
export type AskedPlan = { readonly diagnosis?: Diagnosis } & (
  | { readonly type: 'plan'; readonly plan: ExecutionPlan; readonly plannedBy: ModelName }
  | { readonly type: 'ask'; readonly question: Omit<Question, 'route'> }
);

/**
 * A repair by two models. One without tools reads the evidence, and only typed fields of its answer go on; one with the
 * agent's tools plans from those, and never sees what a log or an alert says. An answer is used only if it is one to what
 * is asked now. Throws `PLANNING_FAILED` where what is to be asked is too large.
 */
export async function planByModels(
  { state, settings }: Pick<ActivityDependencies, 'state' | 'settings'>,
  resource: ComparedResource,
  input: RepairInput,
  runbooks: readonly Runbook[],
): Promise<AskedPlan> {
  const { tenant } = resource.key;
  const said = await Promise.all(
    (input.answers ?? []).map((digest) => loadAnswer<PlanAnswer | DiagnosisAnswer>(state, tenant, digest)),
  );
  const find = <Answer extends PlanAnswer | DiagnosisAnswer>(identity: string) =>
    said.find((answer) => answer?.identity === identity) as Answer | undefined;

  const evidence = toDiagnosisQuestion(resource, input);
  const read = find<DiagnosisAnswer>(diagnosisIdentity(evidence));
  if (read === undefined && input.undiagnosed !== true) {
    return { type: 'ask', question: { asks: 'diagnosis', question: await keepQuestion({ state }, evidence) } };
  }
  const policy = policyDigestOf(modeOf(resource, settings));
  const incident = toFacts(input.issue.type, read?.fields, runbooks);
  const { failures, tried = [] } = input;
  const question = toPlanQuestion(resource, { policy, failures, incident, tried });
  const diagnosis = toDiagnosis(read, runbooks);
  const planned = find<PlanAnswer>(questionIdentity(question));
  if (planned === undefined) {
    return { type: 'ask', diagnosis, question: { question: await keepQuestion({ state }, question) } };
  }
  const plan = toExecutionPlan(planned.steps, resource.agent.tools(), planned.reasoning);
  return { type: 'plan', diagnosis, plan, plannedBy: toModelName(planned) };
}

function toDiagnosisQuestion(
  { key, agent, desired }: ComparedResource,
  { issue, evidence, ruledOut = [] }: RepairInput,
): DiagnosisQuestion {
  const own = showResource(key);
  return {
    format: 1,
    asks: 'diagnosis',
    resource: key,
    agent: agent.name,
    issue: issue.type,
    evidence,
    components: [own, ...(desired?.metadata.dependsOn ?? []).filter((name) => name !== own)],
    ruledOut,
  };
}

function toFacts(type: string, diagnosis: DiagnosisFields | undefined, runbooks: readonly Runbook[]): IncidentFacts {
  const known = findIssueType(type);
  return {
    issue: known !== undefined || runbooks.length > 0 ? type : 'other',
    meaning: known?.meaning ?? 'its own check fails',
    usualRepairs: known?.usualRepairs ?? [],
    ...(diagnosis === undefined ? {} : { diagnosis }),
    runbooks,
  };
}

function toDiagnosis(read: DiagnosisAnswer | undefined, runbooks: readonly Runbook[]): Diagnosis {
  const names = runbooks.length === 0 ? {} : { runbooks: runbooks.map(({ name }) => name) };
  if (read === undefined) {
    return { cause: 'no model could make sense of the evidence', cites: [], by: 'model', ...names };
  }
  const { fields, choice } = read;
  return {
    cause: showDiagnosis(fields),
    cites: [...new Set(fields.statements.flatMap(({ cites }) => cites))],
    by: 'model',
    model: showModel(choice),
    fields,
    ...names,
  };
}
