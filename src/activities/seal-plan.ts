import { digestOf } from '../domain/canonical.ts';
import { HomeostatError } from '../domain/failure.ts';
import { taskQueues } from '../domain/messages.ts';
import type { ExecutionPlan, SealedStep, Step } from '../domain/plan.ts';
import type { JsonObject } from '../domain/json.ts';
import { highestRisk, isRiskLevel, RiskLevel } from '../domain/risk.ts';
import { sealOf, stepDigestOf, type SealContent, type SealedPlan } from '../domain/sealed-plan.ts';
import { toolDigestOf } from '../tools/tool-schema.ts';
import type { AnyTool, RiskFacts } from '../tools/tool.ts';
import { listReferences } from '../tools/step-reference.ts';
import { isHostBound, type LoadedResource, type ObservedResource } from './load-resource.ts';

/** Stands for the built-in policy: dangerous steps wait, others run. Its digest is in every seal and plan identity. */
const policyDigest = digestOf({ policy: 'built-in', version: 1 });

export interface SealContext {
  readonly workflowId: string;
  readonly firstRunId: string;
  readonly pass: number;
  /** Workflow time, milliseconds. */
  readonly now: number;
  readonly expireAfterMs: number;
  readonly host: string;
}

/**
 * Raises each step's risk to what its parameters and the labels demand, decides what waits for a person, and seals it
 * all. Code alone decides here: nothing a planner says can lower a risk or open a gate.
 */
export function sealPlan(plan: ExecutionPlan, resource: ObservedResource, context: SealContext): SealedPlan {
  const tools = resource.agent.tools();
  const queue = isHostBound(resource) ? taskQueues.host(context.host) : taskQueues.tools;
  const steps = plan.steps.map((step, index) =>
    sealStep(step, toolOf(tools, step), index, plan.steps.length, queue, resource),
  );
  const riskLevel = highestRisk(steps.map((step) => step.riskLevel));
  const content: SealContent = {
    format: 1,
    tenant: resource.key.tenant,
    resourceId: resource.resourceId,
    workflowId: context.workflowId,
    firstRunId: context.firstRunId,
    pass: context.pass,
    desiredDigest: resource.desiredDigest,
    deltaDigest: resource.deltaDigest,
    policyDigest,
    stepDigests: steps.map(stepDigestOf),
    expiresAt: context.now + context.expireAfterMs,
  };
  const shape = digestOf(steps.map(({ toolName, parameters }) => ({ toolName, parameters })));
  return {
    format: 1,
    seal: sealOf(content),
    content,
    resource: resource.key,
    identity: digestOf({
      delta: resource.deltaDigest,
      shape,
      tools: steps.map((step) => step.toolDigest),
      policy: policyDigest,
    }),
    shape,
    desiredRevision: resource.desiredRevision,
    change: resource.delta.type === 'none' ? 'update' : resource.delta.type,
    plan: { steps, riskLevel, reasoning: plan.reasoning },
    queue,
    needsApproval: steps.some((step) => step.gate !== undefined),
  };
}

function sealStep(
  step: Step,
  tool: AnyTool,
  index: number,
  count: number,
  queue: string,
  resource: ObservedResource,
): SealedStep {
  const riskLevel = highestRisk([step.riskLevel, effectiveRisk(tool, step.parameters, riskFactsOf(resource))]);
  return {
    ...step,
    riskLevel,
    toolDigest: toolDigestOf(tool),
    queue,
    ...(riskLevel === RiskLevel.dangerous ? { gate: `${step.toolName} is dangerous here` } : {}),
    onFailure: tool.onFailure,
    timeoutMs: tool.timeoutMs,
    maximumAttempts: tool.maximumAttempts,
    summary: `[${index + 1}/${count}] ${step.toolName}(${resource.key.name})`,
  };
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

/** The labels a change is judged by: those last applied and the new ones. */
export function riskFactsOf({ actual, desired }: Pick<LoadedResource, 'actual' | 'desired'>): RiskFacts {
  return { labels: [actual?.lastApplied?.labels ?? {}, desired?.metadata.labels ?? {}] };
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
