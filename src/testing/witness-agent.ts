import { inspect } from 'node:util';
import type { Agent } from '../agents/agent.ts';
import { describeThrown } from '../domain/failure.ts';
import type { Probed } from '../domain/outcome.ts';
import type { AnyTool, ToolContext } from '../tools/tool.ts';

/** One call of a tool, as the runtime's own code made it. */
export interface ToolCall {
  readonly call: 'execute' | 'probe';
  readonly toolName: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
  /** How it ended; absent while it has not. */
  ended?: { readonly type: 'returned'; readonly value: unknown } | { readonly type: 'threw'; readonly error: unknown };
}

/** For `inspect`: what a tool returns may be no JSON before its schema has read it. */
const everything = { depth: Infinity, maxStringLength: null, maxArrayLength: null, breakLength: Infinity } as const;

/**
 * The same agent, with every call of a tool noted, and what it returned or threw overheard: not all of that is stored
 * where a trial could hear it. The agent's own objects are not changed.
 */
export function witnessAgent(agent: Agent, calls: ToolCall[], overhear: (text: string) => void): Agent {
  const tools = agent.tools().map((tool) => witnessTool(tool, calls, overhear));
  return standIn(agent, { tools: () => tools });
}

/**
 * An object with everything of another one but what is replaced. What it is asked for is asked of the original itself: in
 * a class that alone may touch its private fields.
 */
function standIn<Original extends object>(
  original: Original,
  replaced: Partial<Record<keyof Original, unknown>>,
): Original {
  return new Proxy(Object.create(original) as Original, {
    get(_, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name) as unknown;
      const value: unknown = Reflect.get(original, name);
      return typeof value === 'function' ? (value.bind(original) as unknown) : value;
    },
  });
}

/** What a tool's own probe answered in these calls, before the runtime made anything of it. */
export function probeAnswers(calls: readonly ToolCall[]): readonly Probed<unknown>['type'][] {
  return calls.flatMap(({ call, ended }) =>
    call === 'probe' && ended?.type === 'returned' ? [(ended.value as Probed<unknown>).type] : [],
  );
}

function witnessTool(tool: AnyTool, calls: ToolCall[], overhear: (text: string) => void): AnyTool {
  const note = async (
    call: ToolCall['call'],
    { idempotencyKey, attempt }: ToolContext,
    body: () => Promise<unknown>,
  ): Promise<unknown> => {
    const noted: ToolCall = { call, toolName: tool.name, idempotencyKey, attempt };
    calls.push(noted);
    try {
      const value = await body();
      noted.ended = { type: 'returned', value };
      overhear(inspect(value, everything));
      return value;
    } catch (error) {
      noted.ended = { type: 'threw', error };
      overhear(describeThrown(error));
      throw error;
    }
  };
  const execute = (context: ToolContext, parameters: unknown) =>
    note('execute', context, async () => tool.execute(context, parameters));
  const probe = (context: ToolContext, parameters: unknown) =>
    note('probe', context, async () => tool.probe?.(context, parameters));
  return standIn(tool, { execute, ...(tool.probe === undefined ? {} : { probe }) });
}
