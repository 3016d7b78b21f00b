import { HomeostatErrors } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Probed } from '../domain/outcome.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import type { AnyTool, ToolContext } from '../tools/tool.ts';

/**
 * What became of an effect, asked of its tool. One that cannot say may act again only if that does no harm. `parameters`
 * are those of the ledger: references resolved and checked already.
 */
export async function probeEffect(
  tool: AnyTool,
  context: ToolContext,
  parameters: JsonObject,
): Promise<Probed<unknown>> {
  const answer = tool.probe === undefined ? ({ type: 'unknown' } as const) : await tool.probe(context, parameters);
  if (answer.type === 'unknown' && tool.conditional) return { type: 'cannot-happen' };
  if (answer.type !== 'happened') return answer;
  const parsed = tool.result.safeParse(answer.result);
  if (parsed.success) return { type: 'happened', result: parsed.data };
  throw new HomeostatErrors(toFieldErrors(parsed.error, answer.result, tool.result, `${tool.name}.probe`));
}
