import { expect } from 'vitest';
import type { RunMessages } from '../../../src/starters/run-messages.ts';

type Answer = {
  readonly [Name in keyof RunMessages]: { readonly call: Name; readonly answer: () => ReturnType<RunMessages[Name]> };
}[keyof RunMessages];

export interface ScriptedRunMessages extends RunMessages {
  /** What was said, in order. */
  readonly said: readonly (readonly [string, ...unknown[]])[];
  /** Fails unless every scripted answer was called for. */
  expectDone(): void;
}

/** Runs that answer as the script says, in its order; a call that is not in it fails. */
export function createScriptedRunMessages(script: readonly Answer[] = []): ScriptedRunMessages {
  const left = [...script];
  const said: [string, ...unknown[]][] = [];
  const answer = (call: string, ...details: unknown[]): never => {
    said.push([call, ...details]);
    const next = left.shift();
    expect(next?.call, `unexpected call of ${call}`).toBe(call);
    return next!.answer() as never;
  };
  return {
    said,
    expectDone: () => expect(left, 'answers nobody asked for').toEqual([]),
    decide: async (workflowId, payload) => answer('decide', workflowId, payload),
    leaveDecision: async (workflowId, payload) => answer('leaveDecision', workflowId, payload),
    resolve: async (workflowId, payload) => answer('resolve', workflowId, payload),
    retry: async (resource) => answer('retry', resource),
    previewPlan: async (input) => answer('previewPlan', input),
    hasWorker: async () => answer('hasWorker'),
  };
}
