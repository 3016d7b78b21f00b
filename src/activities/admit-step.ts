import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import { ownValue, valueAt } from '../domain/own-value.ts';
import type { ExecuteStepInput } from '../domain/run.ts';
import { highestRisk, RiskLevel } from '../domain/risk.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import { sealOf, stepDigestOf, type SealContent } from '../domain/sealed-plan.ts';
import type { ResourceSnapshot } from '../state/resources.ts';
import { resolveReferences } from '../tools/step-reference.ts';
import { toolDigestOf } from '../tools/tool-schema.ts';
import type { AnyTool } from '../tools/tool.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { modeOf } from './hold-back.ts';
import { desiredDigestOf, toLoaded, type LoadedResource } from './load-resource.ts';
import { effectiveRisk, policyDigestOf, riskFactsOf } from './seal-plan.ts';

/** A step that may be carried out: on what, and with which parameters. */
export interface AdmittedStep {
  readonly resource: LoadedResource;
  readonly parameters: JsonObject;
}

/**
 * Whether a step may be carried out, given the resource as the snapshot has it. Refuses what was not sealed or approved
 * (`GRANT_REFUSED`), what is no longer wanted (`PLAN_STALE`), and parameters that do not fit the tool.
 */
export async function admitStep(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
  tool: AnyTool,
  snapshot: ResourceSnapshot,
): Promise<AdmittedStep> {
  const resource = checkGrant(dependencies, scope, input, tool, snapshot);
  const parameters = toParameters(input, tool);
  await checkApproval(dependencies, input, tool, parameters, resource);
  return { resource, parameters };
}

/** Refuses what was not sealed or is no longer wanted. Returns the resource as it stands. */
function checkGrant(
  { registry, settings }: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
  tool: AnyTool,
  snapshot: ResourceSnapshot,
): LoadedResource {
  const { seal, step, resource } = input;
  const stepDigest = stepDigestOf(step);
  const content = toSealContent(input, scope, stepDigest);
  const refuse = (problem: string): never => {
    throw new HomeostatError('GRANT_REFUSED', { path: `steps.${step.id}`, problem, remedy: 'plan again' });
  };
  if (sealOf(content) !== seal) refuse('the seal does not cover this plan');
  if (!content.stepDigests.includes(stepDigest)) refuse('this step is not in the sealed plan');
  const stale = (problem: string): never => {
    throw new HomeostatError('PLAN_STALE', { path: `steps.${step.id}`, problem });
  };
  if (toolDigestOf(tool) !== step.toolDigest) stale('the tool is another one than when the plan was sealed');
  if (content.tenant !== resource.tenant || content.workflowId !== scope.workflowId)
    refuse('the seal is of another resource');
  const loaded = toLoaded(registry, snapshot);
  if (loaded.type === 'invalid') return stale('desired is not valid any more');
  if (desiredDigestOf(loaded.resource.desired) !== content.desiredDigest)
    stale('desired changed since the plan was sealed');
  if (policyDigestOf(modeOf(loaded.resource, settings)) !== content.policyDigest)
    stale('the mode changed since the plan was sealed');
  if (loaded.resource.resourceId !== content.resourceId) stale('the resource was deleted and made anew');
  return loaded.resource;
}

/** All that the seal covers: what came with the step, and what this attempt knows of its run by itself. */
function toSealContent(
  { content, resource, firstRunId, pass }: ExecuteStepInput,
  scope: ActivityScope,
  stepDigest: string,
): SealContent {
  return {
    format: 1,
    tenant: resource.tenant,
    workflowId: scope.workflowId,
    firstRunId,
    pass,
    ...content,
    stepDigests: content.stepDigests.map((digest) => (digest === '' ? stepDigest : digest)),
  };
}

/**
 * Judges the risk once more, by what is really about to be done, and asks the record, not the workflow: no dangerous
 * effect without a decision that anybody can read.
 */
async function checkApproval(
  { state }: ActivityDependencies,
  { seal, step, needsApproval, resource: { tenant } }: ExecuteStepInput,
  tool: AnyTool,
  parameters: JsonObject,
  resource: LoadedResource,
): Promise<void> {
  const risk = highestRisk([step.riskLevel, effectiveRisk(tool, parameters, riskFactsOf(resource))]);
  if (risk !== RiskLevel.dangerous && needsApproval !== true && step.gate === undefined) return;
  const request = await state.approvals.get(tenant, seal);
  if (request?.state === 'approved') return;
  throw new HomeostatError('GRANT_REFUSED', {
    path: `steps.${step.id}`,
    problem: `${tool.name} is dangerous here and no approval is on record`,
    remedy: 'plan again',
  });
}

function toParameters({ step, results = {} }: ExecuteStepInput, tool: AnyTool): JsonObject {
  const resolved = resolveReferences(step.parameters, ({ step: id, path }) => {
    const value = valueAt(ownValue(results, id), path);
    if (value !== undefined) return value;
    throw new HomeostatError('PLAN_INVALID', {
      path: `steps.${step.id}.parameters`,
      problem: 'refers to a result that is not there',
      got: ['steps', id, 'result', ...path].join('.'),
    });
  });
  const parsed = tool.parameters.safeParse(resolved);
  if (parsed.success) return parsed.data as JsonObject;
  throw new HomeostatErrors(toFieldErrors(parsed.error, resolved, tool.parameters, `steps.${step.id}.parameters`));
}
