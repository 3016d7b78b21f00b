import { existsSync } from 'node:fs';
import { HomeostatError } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import { isRiskLevel, riskLevels } from '../domain/risk.ts';
import { runIsolated } from './isolated/run-isolated.ts';
import { namingCaller } from './naming-caller.ts';
import { createReference, type Referable } from './step-reference.ts';
import type { AnyTool, Tool, ToolContext, ToolStep } from './tool.ts';

/** What `defineTool` is given: a `Tool` with all that has a default left out or not, and a module in place of `execute`. */
export type ToolDefinition<Parameters, Result> = ToolDeclaration<Parameters, Result> &
  (InProcess<Parameters, Result> | Isolated);

type ToolDeclaration<Parameters, Result> = Pick<
  Tool<Parameters, Result>,
  'name' | 'description' | 'riskLevel' | 'parameters' | 'result' | 'probe' | 'raiseRisk'
> &
  Partial<Pick<Tool<Parameters, Result>, 'effect' | 'conditional' | 'timeoutMs' | 'maximumAttempts' | 'onFailure'>>;

interface InProcess<Parameters, Result> {
  execute(context: ToolContext, parameters: Parameters): Promise<Result>;
  readonly isolated?: never;
}

interface Isolated {
  /**
   * For what may compute for seconds, or hang: `new URL('./thumbnails.ts', import.meta.url)`, a module that exports
   * `execute`. Each call runs in a process of its own, which is killed when its time is up.
   */
  readonly isolated: URL;
  readonly execute?: never;
}

const namePattern = /^[a-z][a-z0-9_]{0,62}$/;

/** Declares a tool. Throws `INVALID_TOOL` naming the caller's file and the field when something is missing or out of its set. */
export function defineTool<Parameters, Result>(
  definition: ToolDefinition<Parameters, Result>,
): Tool<Parameters, Result> {
  const tool = namingCaller(defineTool, () => toWhole(definition));
  const { name, description } = tool;
  return {
    ...tool,
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

/** What is left out filled in, and all of it checked. */
function toWhole<Parameters, Result>(definition: ToolDefinition<Parameters, Result>) {
  const {
    effect = 'read',
    conditional = false,
    timeoutMs = 30_000,
    maximumAttempts = 3,
    onFailure = 'abort',
    ...executable
  } = toExecutable(definition);
  const tool = { ...executable, effect, conditional, timeoutMs, maximumAttempts, onFailure };
  checkTool(tool);
  return tool;
}

type Executable<Parameters, Result> = ToolDeclaration<Parameters, Result> & Pick<Tool<Parameters, Result>, 'execute'>;

/** From here on an isolated tool is one like any other, whose `execute` starts a process. */
function toExecutable<Parameters, Result>(
  definition: ToolDefinition<Parameters, Result>,
): Executable<Parameters, Result> {
  const { isolated, ...declaration } = definition;
  if (isolated === undefined) return declaration as Executable<Parameters, Result>;
  const { name, execute } = declaration;
  const refuse = refuserOf(name);
  if (execute !== undefined) refuse('isolated', 'stands beside execute', typeof execute, 'give one of the two');
  if (!(isolated instanceof URL && isolated.protocol === 'file:'))
    refuse('isolated', 'is no URL of a file', isolated, "write new URL('./my-tool.ts', import.meta.url)");
  if (!existsSync(isolated)) refuse('isolated', 'there is no such file', isolated.href, 'name the module to run');
  return {
    ...declaration,
    execute: (context, parameters) => runIsolated(name, isolated, context, parameters) as Promise<Result>,
  };
}

/** Refuses a tool that is not whole, however it was made. Throws `INVALID_TOOL` naming the field. */
export function checkTool(tool: Omit<AnyTool, 'step'>): void {
  const refuse = refuserOf(tool.name);
  if (typeof tool.name !== 'string' || !namePattern.test(tool.name)) {
    refuse('name', 'must be lower case letters, digits and _', tool.name, 'name it like write_file');
  }
  if (typeof tool.description !== 'string' || tool.description.trim() === '') {
    refuse('description', 'is empty', tool.description, 'say in one sentence what it does');
  }
  if (!isRiskLevel(tool.riskLevel)) {
    refuse('riskLevel', 'is no risk level', tool.riskLevel, `use one of ${riskLevels.join(', ')}`);
  }
  for (const field of ['parameters', 'result'] as const) {
    if (typeof tool[field]?.safeParse !== 'function') {
      refuse(field, 'is not a zod schema', typeof tool[field], 'give a z.strictObject({…})');
    }
  }
  const { effect, onFailure, timeoutMs, maximumAttempts } = tool;
  if (!['read', 'write'].includes(effect)) refuse('effect', 'is no effect', effect, 'use read or write');
  if (!['abort', 'skip'].includes(onFailure))
    refuse('onFailure', 'is no answer to a failure', onFailure, 'use abort or skip');
  if (!(Number.isInteger(timeoutMs) && timeoutMs > 0))
    refuse('timeoutMs', 'must be a whole number above 0', timeoutMs, 'say how many milliseconds');
  if (!(Number.isInteger(maximumAttempts) && maximumAttempts > 0)) {
    refuse('maximumAttempts', 'must be a whole number above 0', maximumAttempts, 'say how often it may be tried');
  }
  if (typeof tool.execute !== 'function') refuse('execute', 'is missing', typeof tool.execute, 'add it, or isolated');
}

function refuserOf(name: unknown) {
  return (field: string, problem: string, got: unknown, remedy: string): never => {
    const path = `tool ${JSON.stringify(name)}.${field}`;
    throw new HomeostatError('INVALID_TOOL', { path, problem, got, remedy });
  };
}
