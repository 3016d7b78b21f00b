import { z } from 'zod';
import { didYouMean } from '../domain/closest.ts';
import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { checkJsonLimits, isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import { ownValue } from '../domain/own-value.ts';
import { maximumSteps, type ExecutionPlan, type Step } from '../domain/plan.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import { listReferences, resolveReferences, type PlanReference } from '../tools/step-reference.ts';
import { toJsonSchema } from '../tools/tool-schema.ts';
import type { AnyTool } from '../tools/tool.ts';

/**
 * Refuses a plan before anything of it runs: too long, a foreign or unknown tool, parameters that do not fit, a
 * reference to a later step or to a field its result does not have. Whoever made the plan, all go through here.
 */
export function checkPlan(plan: ExecutionPlan, tools: readonly AnyTool[]): void {
  if (!Array.isArray(plan?.steps)) {
    throw new HomeostatError('PLAN_INVALID', {
      path: 'steps',
      problem: 'schema: expected an array',
      got: plan,
      remedy: 'give a list of steps, empty where nothing is to do',
    });
  }
  if (plan.steps.length > maximumSteps) {
    throw new HomeostatError('PLAN_TOO_LONG', {
      path: 'steps',
      problem: `at most ${maximumSteps} steps`,
      got: plan.steps.length,
      remedy: 'plan the first part; what is left is planned afterwards',
    });
  }
  const errors = plan.steps.flatMap((step, index) => checkStep(step, index, plan, tools));
  if (errors.length > 0) throw new HomeostatErrors(errors);
}

function checkStep(step: Step, index: number, plan: ExecutionPlan, tools: readonly AnyTool[]): HomeostatError[] {
  const path = `steps[${index}]`;
  // The ledger and etcd keys go by it, so it is ours to give, whoever made the plan.
  if (step.id !== `s${index + 1}`) {
    return [
      new HomeostatError('PLAN_INVALID', {
        path: `${path}.id`,
        problem: `schema: must be s${index + 1}`,
        got: step.id,
        remedy: 'count the steps from s1',
      }),
    ];
  }
  const tool = tools.find((candidate) => candidate.name === step.toolName);
  if (tool === undefined) {
    const names = tools.map((candidate) => candidate.name);
    return [
      new HomeostatError('PLAN_INVALID', {
        path: `${path}.toolName`,
        problem: 'unknown_tool: not a tool of this agent',
        got: step.toolName,
        remedy: didYouMean(step.toolName, names, `use one of ${names.join(', ')}`),
      }),
    ];
  }
  checkJsonLimits(step.parameters, `${path}.parameters`);
  const references = listReferences(step.parameters);
  const broken = references.flatMap(({ at, reference }) =>
    checkReference(reference, `${path}.parameters.${at}`, index, plan, tools),
  );
  if (broken.length > 0) return broken;
  // Referenced values are checked when they are known, just before dispatch.
  const hasReferences = references.length > 0;
  const parsed = tool.parameters.safeParse(hasReferences ? sampleOf(step.parameters, plan, tools) : step.parameters);
  if (parsed.success) return [];
  // Of a value that is not known yet only the type can be wrong.
  const unknown = new Set(references.map(({ at }) => at));
  const issues = parsed.error.issues.filter(
    (issue) => issue.code === 'invalid_type' || !unknown.has(issue.path.join('.')),
  );
  if (issues.length === 0) return [];
  return toFieldErrors(new z.ZodError(issues), step.parameters, tool.parameters, `${path}.parameters`).map(
    ({ path: at, problem, remedy = `write what ${step.toolName} takes` }) =>
      new HomeostatError('PLAN_INVALID', { path: at, problem: `schema: ${problem}`, remedy }),
  );
}

function checkReference(
  reference: PlanReference | 'malformed',
  path: string,
  index: number,
  plan: ExecutionPlan,
  tools: readonly AnyTool[],
): HomeostatError[] {
  const refuse = (problem: string, remedy: string, got?: unknown) => [
    new HomeostatError('PLAN_INVALID', { path, problem, got, remedy }),
  ];
  if (reference === 'malformed')
    return refuse('bad_dependency: not of the form steps.<id>.result.<field>', 'write it like steps.s1.result.id');
  const target = plan.steps.findIndex((step) => step.id === reference.step);
  if (target === -1 || target >= index) {
    return refuse('bad_dependency: not an earlier step', 'refer to a step before this one', reference.step);
  }
  const schema = schemaAt(tools, plan.steps[target]!.toolName, reference.path);
  if (schema !== undefined) return [];
  const remedy = `use a field of the result of ${plan.steps[target]!.toolName}`;
  return refuse('bad_dependency: no such field in the result', remedy, reference.path.join('.'));
}

function schemaAt(tools: readonly AnyTool[], toolName: string, path: readonly string[]): JsonObject | undefined {
  const tool = tools.find((candidate) => candidate.name === toolName);
  let schema: JsonValue | undefined = tool === undefined ? undefined : toJsonSchema(tool.result);
  for (const field of path) {
    const properties: JsonValue | undefined = isJsonObject(schema) ? schema.properties : undefined;
    schema = isJsonObject(properties) ? ownValue(properties, field) : undefined;
  }
  return isJsonObject(schema) ? schema : undefined;
}

/** Parameters with a value of the right type in place of every reference, so that the rest can be checked now. */
function sampleOf(parameters: JsonObject, plan: ExecutionPlan, tools: readonly AnyTool[]): JsonValue {
  return resolveReferences(parameters, ({ step, path }) => {
    const toolName = plan.steps.find((candidate) => candidate.id === step)!.toolName;
    const schema = schemaAt(tools, toolName, path);
    switch (schema?.type) {
      case 'integer':
      case 'number':
        return typeof schema.minimum === 'number' ? schema.minimum : 1;
      case 'boolean':
        return true;
      case 'array':
        return [];
      case 'object':
        return {};
      default:
        return 'reference';
    }
  });
}
