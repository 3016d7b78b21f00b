import type { z } from 'zod';
import { HomeostatError } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Probed } from '../domain/outcome.ts';
import { isRiskLevel, riskLevels, type RiskLevel } from '../domain/risk.ts';
import { createReference, type Referable } from './step-reference.ts';
import type { RiskFacts, Tool, ToolContext, ToolStep } from './tool.ts';

export interface ToolDefinition<Parameters, Result> {
  /** `verb_noun`, lower case: what plans and models call it by. */
  readonly name: string;
  readonly description: string;
  readonly riskLevel: RiskLevel;
  /** `write` for everything that changes something outside. Default `read`. */
  readonly effect?: 'read' | 'write';
  readonly parameters: z.ZodType<Parameters>;
  readonly result: z.ZodType<Result>;
  readonly conditional?: boolean;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  /** Default 3. */
  readonly maximumAttempts?: number;
  /** Default `abort`. `skip` lets the plan go on without this step's result, whatever its tool failed with, where nothing happened. */
  readonly onFailure?: 'abort' | 'skip';
  execute(context: ToolContext, parameters: Parameters): Promise<Result>;
  probe?(context: ToolContext, parameters: Parameters): Promise<Probed<Result>>;
  raiseRisk?(parameters: Parameters, facts: RiskFacts): RiskLevel;
}

const namePattern = /^[a-z][a-z0-9_]{0,62}$/;

/** Declares a tool. Throws `INVALID_TOOL` naming the field when something is missing or out of its set. */
export function defineTool<Parameters, Result>(
  definition: ToolDefinition<Parameters, Result>,
): Tool<Parameters, Result> {
  checkTool(definition);
  const { name, description } = definition;
  return {
    effect: 'read',
    conditional: false,
    timeoutMs: 30_000,
    maximumAttempts: 3,
    onFailure: 'abort',
    ...definition,
    step(parameters: Referable<Parameters>, stepDescription?: string): ToolStep<Result> {
      const draft = {
        toolName: name,
        parameters: parameters as JsonObject,
        description: stepDescription ?? description,
      };
      // Not enumerable: a draft is data, the reference is only for the rule that made it.
      return Object.defineProperty(draft, 'result', {
        get: () => createReference<Result>(draft),
        enumerable: false,
      }) as ToolStep<Result>;
    },
  };
}

/** Refuses a tool that is not whole, however it was made. Throws `INVALID_TOOL` naming the field. */
// oxlint-disable-next-line typescript/no-explicit-any -- checked at run time, whatever its types say
export function checkTool(definition: ToolDefinition<any, any>): void {
  const path = `tool ${JSON.stringify(definition.name)}`;
  const refuse = (field: string, problem: string, got: unknown, remedy: string): never => {
    throw new HomeostatError('INVALID_TOOL', { path: `${path}.${field}`, problem, got, remedy });
  };
  if (typeof definition.name !== 'string' || !namePattern.test(definition.name)) {
    refuse('name', 'must be lower case letters, digits and _', definition.name, 'name it like write_file');
  }
  if (typeof definition.description !== 'string' || definition.description.trim() === '') {
    refuse('description', 'is empty', definition.description, 'say in one sentence what it does');
  }
  if (!isRiskLevel(definition.riskLevel)) {
    refuse('riskLevel', 'is no risk level', definition.riskLevel, `use one of ${riskLevels.join(', ')}`);
  }
  for (const field of ['parameters', 'result'] as const) {
    if (typeof definition[field]?.safeParse !== 'function') {
      refuse(field, 'is not a zod schema', typeof definition[field], 'give a z.strictObject({…})');
    }
  }
  const { effect = 'read', onFailure = 'abort', timeoutMs = 1, maximumAttempts = 1 } = definition;
  if (!['read', 'write'].includes(effect)) refuse('effect', 'is no effect', effect, 'use read or write');
  if (!['abort', 'skip'].includes(onFailure))
    refuse('onFailure', 'is no answer to a failure', onFailure, 'use abort or skip');
  if (!(Number.isInteger(timeoutMs) && timeoutMs > 0))
    refuse('timeoutMs', 'must be a whole number above 0', timeoutMs, 'say how many milliseconds');
  if (!(Number.isInteger(maximumAttempts) && maximumAttempts > 0)) {
    refuse('maximumAttempts', 'must be a whole number above 0', maximumAttempts, 'say how often it may be tried');
  }
  if (typeof definition.execute !== 'function') refuse('execute', 'is missing', typeof definition.execute, 'add it');
}
