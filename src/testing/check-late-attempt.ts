import { probeEffect } from '../activities/probe-effect.ts';
import { createToolContext } from '../activities/tool-context.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { AnyTool, ToolContext } from '../tools/tool.ts';
import type { Convergence, SeenEffect } from './converge.ts';
import { callsOf, toolOf } from './effect-calls.ts';
import type { Subject } from './subject.ts';
import { differenceOf, look } from './target.ts';
import type { Trial } from './trial.ts';
import { probeAnswers } from './witness-agent.ts';

/**
 * Between the kill of the first attempt and the second: once a probe has said that nothing can come of the first any more,
 * it wakes up. A conditional tool may act then, for twice is the same as once. Answers whether nothing came of it.
 */
export async function checkFence(subject: Subject, trial: Trial, spec: object, effect: SeenEffect): Promise<boolean> {
  const call = await findCall(trial, effect);
  if (call === undefined || call.tool.conditional) return true;
  const { tool, parameters, contextOf } = call;
  const answer = await probeEffect(tool, contextOf(2), parameters).catch(() => undefined);
  if (answer?.type !== 'cannot-happen') return true;
  return checkNothingComes(subject, trial, spec, call, {
    part: 'probe',
    problem: 'said that nothing could come of the first attempt any more, and it acted',
    remedy: 'let the target refuse earlier attempts before it answers cannotHappen(), or answer unknown()',
  });
}

/**
 * The first attempt wakes up after the second has done its work. At rest, so only for the last effect; and only where the
 * runtime would have let a second attempt act: elsewhere a person decides.
 */
export async function checkLateAttempt(
  subject: Subject,
  trial: Trial,
  spec: object,
  { effects }: Convergence,
): Promise<void> {
  const effect = effects.at(-1);
  if (effect === undefined || effect.asked) return;
  const call = await findCall(trial, effect);
  if (call === undefined) return;
  if (!call.tool.conditional && !probeAnswers(callsOf(trial, effect)).includes('cannot-happen')) return;
  await checkNothingComes(subject, trial, spec, call, {
    part: 'execute',
    problem: 'a late attempt acted once more',
    remedy: 'hand idempotencyKey to the target, so that it does the effect at most once',
  });
}

/** An effect as its tool is called for it. */
interface EffectCall {
  readonly tool: AnyTool;
  readonly parameters: JsonObject;
  contextOf(attempt: number): ToolContext;
}

async function findCall(trial: Trial, effect: SeenEffect): Promise<EffectCall | undefined> {
  const stored = (await trial.dependencies().state.ledger.list(trial.resource)).find(
    ({ entry }) => entry.seal === effect.seal && entry.step === effect.step.id,
  );
  if (stored === undefined) return undefined;
  const { idempotencyKey, parameters } = stored.entry;
  const { resource } = trial;
  return {
    tool: toolOf(trial, effect),
    parameters,
    contextOf: (attempt) =>
      createToolContext(trial.dependencies(), trial.scope(), { resource, idempotencyKey, attempt }),
  };
}

/** Lets the first attempt act, late. Refused or not: what counts is what it did. */
async function checkNothingComes(
  { checks, readSnapshot }: Subject,
  trial: Trial,
  spec: object,
  { tool, parameters, contextOf }: EffectCall,
  fault: { readonly part: 'execute' | 'probe'; readonly problem: string; readonly remedy: string },
): Promise<boolean> {
  return checks.make('late-attempt', `tool ${tool.name}`, async () => {
    const earlier = await look(trial, spec, readSnapshot);
    const before = await look(trial, spec, readSnapshot);
    // It moves by itself, as in the middle of a plan: what moves next would prove nothing.
    if (differenceOf(earlier, before) !== undefined) return;
    await Promise.resolve(tool.execute(contextOf(1), parameters)).catch(() => undefined);
    const difference = differenceOf(before, await look(trial, spec, readSnapshot));
    if (difference === undefined) return;
    const { part, problem, remedy } = fault;
    throw new HomeostatError('INVALID_TOOL', {
      path: `tool ${tool.name}.${part}`,
      problem: `${problem}: ${difference}`,
      remedy,
    });
  });
}
