import { describeThrown, HomeostatError, HomeostatErrors, toCodedErrors, type FailureCode } from '../domain/failure.ts';
import { scopesOf } from '../domain/freeze.ts';
import { showResource } from '../domain/identity.ts';
import type { JsonObject } from '../domain/json.ts';
import { idempotencyKeyOf, type LedgerEntry } from '../domain/ledger.ts';
import type { ExecuteStepInput, StepResult } from '../domain/run.ts';
import { RiskLevel } from '../domain/risk.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import type { OpenedIntent } from '../state/ledger.ts';
import { outlastStore } from '../state/outlast-store.ts';
import type { ResourceSnapshot } from '../state/resources.ts';
import type { AnyTool, ToolContext } from '../tools/tool.ts';
import type { ActivityScope } from './activity-scope.ts';
import { admitStep } from './admit-step.ts';
import { toAuthorsError, waitedFor } from './authors-error.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { probeEffect } from './probe-effect.ts';
import { storeResult } from './store-result.ts';
import { createToolContext } from './tool-context.ts';
import { withTimeout } from './with-timeout.ts';
import { withoutEffect } from './without-effect.ts';

/**
 * The one activity with effects. Order is everything: grant, references, schema, approval, intent in the ledger, effect
 * under its key, receipt. A crash between any two of these leaves something the next attempt can read.
 */
export async function executeStep(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
): Promise<StepResult> {
  const tool = dependencies.registry.toolOf(input.resource.kind, input.step.toolName);
  return tool.effect === 'read'
    ? readOnly(dependencies, scope, input, tool)
    : performEffect(dependencies, scope, input, tool);
}

async function readOnly(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
  tool: AnyTool,
): Promise<StepResult> {
  const { resource, seal, step } = input;
  const { parameters } = await admitStep(
    dependencies,
    scope,
    input,
    tool,
    await dependencies.state.resources.read(resource),
  );
  const context = createToolContext(dependencies, scope, {
    resource,
    idempotencyKey: idempotencyKeyOf(seal, step.id, 0),
    attempt: scope.attempt,
  });
  const result = await callTool(tool, context, parameters, step.timeoutMs).catch((error: unknown) => {
    throw withoutEffect(toToolError(error));
  });
  return { result: await storeResult(dependencies, resource, result), outcome: 'done' };
}

interface OpenedStep {
  readonly parameters: JsonObject;
  readonly opened: OpenedIntent;
}

/**
 * Admits a step and puts its intent on record. A first attempt goes by what this process remembers of the resource: the
 * intent is written only if that still stands. What does not hold by memory is judged again by what is read.
 */
async function openStep(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
  tool: AnyTool,
): Promise<OpenedStep> {
  const { resources } = dependencies.state;
  const remembered = scope.attempt === 1 ? resources.remembered(input.resource) : undefined;
  if (remembered !== undefined) {
    try {
      return await openBy(dependencies, scope, input, tool, remembered, remembered.actual?.modRevision ?? 0);
    } catch (error) {
      if (!toCodedErrors(error).some(({ code }) => code === 'PLAN_STALE' || code === 'GRANT_REFUSED')) throw error;
    }
  }
  return openBy(dependencies, scope, input, tool, await resources.read(input.resource));
}

async function openBy(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
  tool: AnyTool,
  snapshot: ResourceSnapshot,
  actualRevision?: number,
): Promise<OpenedStep> {
  const { resource, parameters } = await admitStep(dependencies, scope, input, tool, snapshot);
  const intent: LedgerEntry = {
    state: 'intent',
    resource: input.resource,
    seal: input.seal,
    step: input.step.id,
    toolName: tool.name,
    parameters,
    idempotencyKey: idempotencyKeyOf(input.seal, input.step.id, 0),
    generation: 0,
    scheduledAt: scope.scheduledAt,
    attempt: scope.attempt,
    worker: dependencies.host,
    startedAt: new Date().toISOString(),
  };
  const opened = await dependencies.state.ledger.openIntent(intent, {
    desiredRevision: resource.desiredRevision,
    actualRevision,
    scopes: scopesOf(input.resource, resource.agent.name),
  });
  return { parameters, opened };
}

async function performEffect(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: ExecuteStepInput,
  tool: AnyTool,
): Promise<StepResult> {
  const { ledger } = dependencies.state;
  const { parameters, opened } = await openStep(dependencies, scope, input, tool);
  if (input.step.riskLevel !== RiskLevel.safe) {
    const { seal, step } = input;
    dependencies.log.info({ seal, step: step.id, risk: step.riskLevel }, `notice: ${step.summary} ${tool.description}`);
  }
  if (opened.type === 'done') return { result: opened.entry.result ?? null, outcome: 'adopted' };
  const { entry: intent } = opened;
  const { resource, idempotencyKey, attempt } = intent;
  const context = createToolContext(dependencies, scope, { resource, idempotencyKey, attempt });
  const complete = async (result: unknown, outcome: StepResult['outcome']): Promise<StepResult> => {
    // As with the receipt: lost here, the result could only be had by doing it again.
    const stored = await outlastStore(() => storeResult(dependencies, input.resource, result), scope.signal);
    await ledger.complete(
      opened.handle,
      { ...intent, state: 'done', endedAt: new Date().toISOString(), result: stored },
      scope,
    );
    // Nobody waits for it: the next step does not depend on who was told.
    if (input.step.riskLevel !== RiskLevel.safe) void tellOfStep(dependencies, scope, input, tool);
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
    throw withoutEffect(toToolError(error));
  }
  return complete(result, 'done');
}

function tellOfStep(
  { tell }: ActivityDependencies,
  scope: ActivityScope,
  { step, resource }: ExecuteStepInput,
  { name, description }: AnyTool,
): Promise<void> {
  const title = `${showResource(resource)}: ${name} was carried out`;
  // The tool's own words: a step's may be a model's.
  const text = `${description} (${step.riskLevel})`;
  return tell({ event: 'moderate-step', title, text, severity: 'info', resource }, scope);
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

/** By these a run decides what to do next. Said by a tool, of which nothing is open, they are its failure and no more. */
const ofTheRun = new Set<FailureCode>(['OUTCOME_UNKNOWN', 'PLAN_STALE', 'HOST_UNREACHABLE', ...waitedFor]);

function toToolError(error: unknown): unknown {
  return toAuthorsError(error, 'TOOL_FAILED', ofTheRun);
}

function inProgress(tool: AnyTool): HomeostatError {
  return new HomeostatError('EFFECT_IN_PROGRESS', {
    path: tool.name,
    problem: 'an earlier attempt is still under way',
  });
}
