import { digestOf } from '../domain/canonical.ts';
import { HomeostatError } from '../domain/failure.ts';
import { taskQueues } from '../domain/messages.ts';
import { toMassDeleteGate, type PendingRemovals } from '../domain/mass-delete.ts';
import { gateSeparator, type ExecutionPlan, type SealedStep, type Step } from '../domain/plan.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Mode } from '../domain/mode.ts';
import type { ModelName } from '../domain/model-route.ts';
import { highestRisk, isRiskLevel, RiskLevel } from '../domain/risk.ts';
import { sealOf, stepDigestOf, type SealContent, type SealedPlan, type WaitReason } from '../domain/sealed-plan.ts';
import { toolDigestOf } from '../tools/tool-schema.ts';
import type { AnyTool, RiskFacts } from '../tools/tool.ts';
import { listReferences } from '../tools/step-reference.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { modeOf } from './hold-back.ts';
import { desiredDigestOf, isHostBound, type LoadedResource } from './load-resource.ts';
import type { ComparedResource } from './observe-resource.ts';

/** Stands for the built-in policy: dangerous steps wait, in `propose` all do. In every seal and plan identity. */
export function policyDigestOf(mode: Mode): string {
  return digestOf({ policy: 'built-in', version: 1, mode });
}

export interface SealContext {
  readonly workflowId: string;
  readonly firstRunId: string;
  readonly pass: number;
  /** Workflow time, milliseconds. */
  readonly now: number;
  readonly expireAfterMs: number;
  readonly host: string;
  readonly mode: Mode;
  /** The plan is one of so many removals that a person must say so. */
  readonly massDelete?: PendingRemovals | undefined;
  /** The model whose plan it is. */
  readonly plannedBy?: ModelName | undefined;
}

/** Of a plan that a pass of a run made, here and now. */
export function toSealContext(
  { settings, host }: Pick<ActivityDependencies, 'settings' | 'host'>,
  { workflowId }: Pick<ActivityScope, 'workflowId'>,
  { firstRunId, pass, now }: Pick<SealContext, 'firstRunId' | 'pass' | 'now'>,
  resource: LoadedResource,
): SealContext {
  const expireAfterMs = settings.approvalExpiresAfterMs;
  return { workflowId, firstRunId, pass, now, expireAfterMs, host, mode: modeOf(resource, settings) };
}

/**
 * Raises each step's risk to what its parameters, the labels and the specs demand, decides what waits for a person, and seals it
 * all. Code alone decides here: nothing a planner says can lower a risk or open a gate.
 */
export function sealPlan(plan: ExecutionPlan, resource: ComparedResource, context: SealContext): SealedPlan {
  const tools = resource.agent.tools();
  const policyDigest = policyDigestOf(context.mode);
  const deltaDigest = digestOf(resource.delta);
  const queue = isHostBound(resource) ? taskQueues.host(context.host) : taskQueues.tools;
  const steps = plan.steps.map((step, index) =>
    sealStep(step, toolOf(tools, step), `[${index + 1}/${plan.steps.length}]`, queue, resource, context),
  );
  const riskLevel = highestRisk(steps.map((step) => step.riskLevel));
  const content: SealContent = {
    format: 1,
    tenant: resource.key.tenant,
    resourceId: resource.resourceId,
    workflowId: context.workflowId,
    firstRunId: context.firstRunId,
    pass: context.pass,
    desiredDigest: desiredDigestOf(resource.desired),
    deltaDigest,
    policyDigest,
    stepDigests: steps.map(stepDigestOf),
    expiresAt: context.now + context.expireAfterMs,
  };
  const shape = shapeOf(steps);
  const needsApproval = steps.some((step) => step.gate !== undefined);
  return {
    format: 1,
    seal: sealOf(content),
    content,
    resource: resource.key,
    identity: digestOf({
      delta: deltaDigest,
      shape,
      tools: steps.map((step) => step.toolDigest),
      policy: policyDigest,
    }),
    shape,
    desiredRevision: resource.desiredRevision,
    change: resource.delta.type === 'none' ? 'update' : resource.delta.type,
    plan: { steps, riskLevel, reasoning: plan.reasoning },
    queue,
    ...(context.plannedBy === undefined ? {} : { plannedBy: context.plannedBy }),
    needsApproval,
    ...(needsApproval ? { waitReason: toWaitReason(riskLevel, context) } : {}),
  };
}

/** What a plan does, whoever made it and whatever was said of it: tools and parameters in their order. */
export function shapeOf(steps: ExecutionPlan['steps']): string {
  return digestOf(steps.map(({ toolName, parameters }) => ({ toolName, parameters })));
}

function sealStep(
  step: Step,
  tool: AnyTool,
  place: string,
  queue: string,
  resource: ComparedResource,
  context: SealContext,
): SealedStep {
  const riskLevel = highestRisk([step.riskLevel, effectiveRisk(tool, step.parameters, riskFactsOf(resource))]);
  return {
    ...step,
    riskLevel,
    toolDigest: toolDigestOf(tool),
    queue,
    ...toGate(step.toolName, riskLevel, context),
    onFailure: tool.onFailure,
    timeoutMs: tool.timeoutMs,
    maximumAttempts: tool.maximumAttempts,
    summary: `${place} ${step.toolName}(${resource.key.name})`,
  };
}

function toGate(
  toolName: string,
  riskLevel: RiskLevel,
  { mode, massDelete }: Pick<SealContext, 'mode' | 'massDelete'>,
): Pick<SealedStep, 'gate'> {
  const reasons: string[] = [];
  if (riskLevel === RiskLevel.dangerous) reasons.push(`${toolName} is dangerous here`);
  else if (mode === 'propose') reasons.push('every plan waits here (mode propose)');
  if (massDelete !== undefined) reasons.push(toMassDeleteGate(massDelete));
  return reasons.length === 0 ? {} : { gate: reasons.join(gateSeparator) };
}

/** The gravest reason of the gates of a plan that has some. */
function toWaitReason(riskLevel: RiskLevel, { massDelete }: Pick<SealContext, 'massDelete'>): WaitReason {
  if (riskLevel === RiskLevel.dangerous) return 'Dangerous';
  return massDelete === undefined ? 'ModePropose' : 'MassDelete';
}

/**
 * A tool's risk with these parameters, as the tool would get them: defaults filled in. What cannot be judged yet, because
 * it refers to a result, and an answer that is no level, count as dangerous: doubt never opens a gate.
 */
export function effectiveRisk(tool: AnyTool, parameters: JsonObject, facts: RiskFacts): RiskLevel {
  if (tool.raiseRisk === undefined) return tool.riskLevel;
  if (listReferences(parameters).length > 0) return RiskLevel.dangerous;
  const parsed = tool.parameters.safeParse(parameters);
  const raised: unknown = parsed.success ? tool.raiseRisk(parsed.data, facts) : RiskLevel.dangerous;
  return isRiskLevel(raised) ? highestRisk([tool.riskLevel, raised]) : RiskLevel.dangerous;
}

/** What a change is judged by: labels and specs, those last applied and the new ones. */
export function riskFactsOf({ actual, desired }: Pick<LoadedResource, 'actual' | 'desired'>): RiskFacts {
  return {
    labels: [actual?.lastApplied?.labels ?? {}, desired?.metadata.labels ?? {}],
    specs: [actual?.lastApplied?.spec, desired?.spec].filter((spec) => spec !== undefined),
  };
}

function toolOf(tools: readonly AnyTool[], step: Step): AnyTool {
  const tool = tools.find((candidate) => candidate.name === step.toolName);
  if (tool !== undefined) return tool;
  throw new HomeostatError('PLAN_INVALID', {
    path: `steps.${step.id}.toolName`,
    problem: 'unknown tool',
    got: step.toolName,
  });
}
