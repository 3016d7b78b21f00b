import { HomeostatErrors } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Probed } from '../domain/outcome.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import type { AnyTool, ToolContext } from '../tools/tool.ts';
import { toAuthorsError } from './authors-error.ts';
import { withTimeout } from './with-timeout.ts';

/** Less than the activities around it may take, so that what does not answer is counted as a failure. */
const probeTimeoutMs = 10_000;

/**
 * What became of an effect, asked of its tool. One that cannot say may act again only if that does no harm. `parameters`
 * are those of the ledger: references resolved and checked already. Throws `STEP_TIMED_OUT` when there is no answer.
 */
export async function probeEffect(
  tool: AnyTool,
  context: ToolContext,
  parameters: JsonObject,
): Promise<Probed<unknown>> {
  const answer = await ask(tool, context, parameters);
  if (answer.type === 'unknown' && tool.conditional) return { type: 'cannot-happen' };
  if (answer.type !== 'happened') return answer;
  const parsed = tool.result.safeParse(answer.result);
  if (parsed.success) return { type: 'happened', result: parsed.data };
  throw new HomeostatErrors(toFieldErrors(parsed.error, answer.result, tool.result, `${tool.name}.probe`));
}

async function ask(tool: AnyTool, context: ToolContext, parameters: JsonObject): Promise<Probed<unknown>> {
  if (tool.probe === undefined) return { type: 'unknown' };
  // Also for an attempt that was given up: it is the probe that fences what of it is still on its way.
  return withTimeout(`${tool.name}.probe`, probeTimeoutMs, context.signal, (signal) =>
    tool.probe!({ ...context, signal }, parameters),
  ).catch((error: unknown) => {
    throw toAuthorsError(error, 'TOOL_FAILED');
  });
}
