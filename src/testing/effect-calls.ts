import { idempotencyKeyOf } from '../domain/ledger.ts';
import type { AnyTool } from '../tools/tool.ts';
import type { SeenEffect } from './converge.ts';
import type { Trial } from './trial.ts';
import type { ToolCall } from './witness-agent.ts';

/** The tool of an effect, as the worker has it that is there now. */
export function toolOf(trial: Trial, { step }: SeenEffect): AnyTool {
  return trial.dependencies().registry.toolOf(trial.resource.kind, step.toolName);
}

/** Every call of it for this effect, in order. */
export function callsOf(trial: Trial, { seal, step }: SeenEffect): readonly ToolCall[] {
  const key = idempotencyKeyOf(seal, step.id, 0);
  return trial.calls.filter(({ idempotencyKey }) => idempotencyKey === key);
}
