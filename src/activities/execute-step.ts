import { describeThrown, HomeostatError, HomeostatErrors, toCodedErrors, type FailureCode } from '../domain/failure.ts';
import { scopesOf } from '../domain/freeze.ts';
import { showResource } from '../domain/identity.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import { idempotencyKeyOf, type LedgerEntry } from '../domain/ledger.ts';
import type { ExecuteStepInput, StepResult } from '../domain/run.ts';
import { highestRisk, RiskLevel } from '../domain/risk.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import { sealOf, stepDigestOf, type SealContent } from '../domain/sealed-plan.ts';
import { resolveReferences } from '../tools/step-reference.ts';
import { toolDigestOf } from '../tools/tool-schema.ts';
import type { AnyTool, ToolContext } from '../tools/tool.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { desiredDigestOf, loadResource, type LoadedResource } from './load-resource.ts';
import { modeOf } from './hold-back.ts';
import { effectiveRisk, policyDigestOf, riskFactsOf } from './seal-plan.ts';
import { probeEffect } from './probe-effect.ts';
import { storeResult } from './store-result.ts';
import { createToolContext } from './tool-context.ts';
import { withTimeout } from './with-timeout.ts';

/**
 * The one activity with effects. Order is everything: grant, references, schema, desired as sealed, intent in the
 * ledger, effect under its key, receipt. A crash between any two of these leaves something the next attempt can read.
 */
export async function executeStep(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
): Promise<StepResult> {
  const tool = dependencies.registry.toolOf(input.resource.kind, input.step.toolName);
  const resource = await checkGrant(dependencies, scope, input, tool);
  const parameters = toParameters(input, tool);
  await checkApproval(dependencies, input, tool, parameters, resource);
  if (input.step.riskLevel !== RiskLevel.safe) {
    const { seal, step } = input;
    dependencies.log.info({ seal, step: step.id, risk: step.riskLevel }, `notice: ${step.summary} ${step.description}`);
  }
  if (tool.effect === 'read') {
    const context = createToolContext(dependencies, scope, {
      resource: input.resource,
      idempotencyKey: idempotencyKeyOf(input.seal, input.step.id, 0),
      attempt: scope.attempt,
    });
    return {
      result: await storeResult(
        dependencies,
        input.resource,
        await callTool(tool, context, parameters, input.step.timeoutMs),
      ),
      outcome: 'done',
    };
  }
  return performEffect(dependencies, scope, input, tool, parameters, resource);
}

/** Refuses what was not sealed, not approved, or is no longer wanted. Returns the resource as it stands. */
async function checkGrant(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
  tool: AnyTool,
): Promise<LoadedResource> {
  const { seal, step, resource } = input;
  const content = toSealContent(input, scope);
  const refuse = (problem: string): never => {
    throw new HomeostatError('GRANT_REFUSED', { path: `steps.${step.id}`, problem, remedy: 'plan again' });
  };
  if (sealOf(content) !== seal) refuse('the seal does not cover this plan');
  if (!content.stepDigests.includes(stepDigestOf(step))) refuse('this step is not in the sealed plan');
  const stale = (problem: string): never => {
    throw new HomeostatError('PLAN_STALE', { path: `steps.${step.id}`, problem });
  };
  if (toolDigestOf(tool) !== step.toolDigest) stale('the tool is another one than when the plan was sealed');
  if (content.tenant !== resource.tenant || content.workflowId !== scope.workflowId)
    refuse('the seal is of another resource');
  const loaded = await loadResource(dependencies, resource);
  if (loaded.type === 'invalid') return stale('desired is not valid any more');
  if (desiredDigestOf(loaded.resource.desired) !== content.desiredDigest)
    stale('desired changed since the plan was sealed');
  if (policyDigestOf(modeOf(loaded.resource, dependencies.settings)) !== content.policyDigest)
    stale('the mode changed since the plan was sealed');
  if (loaded.resource.resourceId !== content.resourceId) stale('the resource was deleted and made anew');
  return loaded.resource;
}

/** All that the seal covers: what came with the step, and what this attempt knows of its run by itself. */
function toSealContent(
  { content, step, resource, firstRunId, pass }: ExecuteStepInput,
  scope: ActivityScope,
): SealContent {
  const own = stepDigestOf(step);
  return {
    format: 1,
    tenant: resource.tenant,
    workflowId: scope.workflowId,
    firstRunId,
    pass,
    ...content,
    stepDigests: content.stepDigests.map((digest) => (digest === '' ? own : digest)),
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
    let value: JsonValue | undefined = results[id];
    for (const field of path) value = isJsonObject(value) ? value[field] : undefined;
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

async function performEffect(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
  tool: AnyTool,
  parameters: JsonObject,
  resource: LoadedResource,
): Promise<StepResult> {
  const { ledger } = dependencies.state;
  const idempotencyKey = idempotencyKeyOf(input.seal, input.step.id, 0);
  const startedAt = new Date().toISOString();
  const intent: LedgerEntry = {
    state: 'intent',
    resource: input.resource,
    seal: input.seal,
    step: input.step.id,
    toolName: tool.name,
    parameters,
    idempotencyKey,
    generation: 0,
    attempt: scope.attempt,
    worker: dependencies.host,
    startedAt,
  };
  const opened = await ledger.openIntent(intent, {
    desiredRevision: resource.desiredRevision,
    scopes: scopesOf(input.resource, resource.agent.name),
  });
  if (opened.type === 'done') return { result: opened.entry.result ?? null, outcome: 'adopted' };
  const context = createToolContext(dependencies, scope, {
    resource: input.resource,
    idempotencyKey,
    attempt: scope.attempt,
  });
  const complete = async (result: unknown, outcome: StepResult['outcome']): Promise<StepResult> => {
    const stored = await storeResult(dependencies, input.resource, result);
    await ledger.complete(
      opened.handle,
      { ...intent, state: 'done', endedAt: new Date().toISOString(), result: stored },
      scope,
    );
    // Nobody waits for it: the next step does not depend on who was told.
    if (input.step.riskLevel !== RiskLevel.safe) void tellOfStep(dependencies, scope, input);
    return { result: stored, outcome };
  };

  const giveToPerson = async (why: string): Promise<never> => {
    await ledger.complete(opened.handle, { ...intent, state: 'unknown', error: why }, scope);
    throw new HomeostatError('OUTCOME_UNKNOWN', {
      path: `steps.${input.step.id}`,
      problem: `nobody can prove what became of ${tool.name}: ${why}`,
      remedy: 'say adopt, redo or give up',
    });
  };

  if (opened.tookOver) {
    const earlier = await probeEffect(tool, context, parameters);
    if (earlier.type === 'happened') return complete(earlier.result, 'adopted');
    if (earlier.type === 'in-progress') throw inProgress(tool);
    if (earlier.type === 'unknown') return giveToPerson('an earlier attempt may have done it');
  }
  let result: unknown;
  try {
    result = await callTool(tool, context, parameters, input.step.timeoutMs);
  } catch (error) {
    // Fences this attempt too: whatever of it is still on its way comes to nothing before another one starts.
    const after = isRefusal(error)
      ? ({ type: 'cannot-happen' } as const)
      : await probeEffect(tool, { ...context, attempt: context.attempt + 1 }, parameters);
    if (after.type === 'happened') return complete(after.result, 'adopted');
    if (after.type === 'in-progress') throw inProgress(tool);
    if (after.type === 'unknown') return giveToPerson(describeThrown(error));
    const endedAt = new Date().toISOString();
    await ledger.complete(opened.handle, { ...intent, state: 'failed', endedAt, error: describeThrown(error) }, scope);
    throw error;
  }
  return complete(result, 'done');
}

function tellOfStep(
  { tell }: ActivityDependencies,
  scope: ActivityScope,
  { step, resource }: ExecuteStepInput,
): Promise<void> {
  const { toolName, description, riskLevel } = step;
  const title = `${showResource(resource)}: ${toolName} was carried out`;
  return tell(
    { event: 'moderate-step', title, text: `${description} (${riskLevel})`, severity: 'info', resource },
    scope,
  );
}

async function callTool(
  tool: AnyTool,
  context: ToolContext,
  parameters: JsonObject,
  timeoutMs: number,
): Promise<unknown> {
  const result: unknown = await withTimeout(tool.name, timeoutMs, context.signal, (signal) =>
    tool.execute({ ...context, signal }, parameters),
  );
  return checkResult(tool, result);
}

function checkResult(tool: AnyTool, result: unknown): unknown {
  const parsed = tool.result.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new HomeostatErrors(toFieldErrors(parsed.error, result, tool.result, `${tool.name}.result`));
}

/** Errors that say by their code that the target did nothing. */
function isRefusal(error: unknown): boolean {
  return toCodedErrors(error).some(({ code }) => refusals.has(code));
}

const refusals = new Set<FailureCode>([
  'EFFECT_REFUSED',
  'EFFECT_FENCED',
  'IMAGE_NOT_FOUND',
  'IMAGE_DIGEST_MISMATCH',
  'COMMAND_NOT_FOUND',
  'PORT_TAKEN',
]);

function inProgress(tool: AnyTool): HomeostatError {
  return new HomeostatError('EFFECT_IN_PROGRESS', {
    path: tool.name,
    problem: 'an earlier attempt is still under way',
  });
}
