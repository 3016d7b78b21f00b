import { HomeostatError, toCodedErrors, type FailureCode } from '../domain/failure.ts';
import { checkFence, checkLateAttempt } from './check-late-attempt.ts';
import { converge, type Convergence, type ConvergeOptions, type SeenEffect } from './converge.ts';
import { callsOf, toolOf } from './effect-calls.ts';
import type { Interruption } from './interruption.ts';
import { cleanUp, type Subject } from './subject.ts';
import type { Trial } from './trial.ts';
import { probeAnswers } from './witness-agent.ts';

/** The check each kind of interruption is for. */
export const interruptionChecks = {
  cancelled: 'cancelled-tool-ends',
  'killed-before-effect': 'killed-before-effect',
  'killed-after-effect': 'killed-after-effect',
} as const satisfies Record<Interruption, string>;

/** The same life, with every step's first attempt ended before its time. Ends at the first fault. */
export async function checkInterruptedLife(subject: Subject, interruption: Interruption): Promise<void> {
  const trial = subject.createTrial();
  const { samples } = subject;
  const goals = [...samples, undefined];
  for (const [index, goal] of goals.entries()) {
    await (goal === undefined ? trial.unwant() : trial.want(goal));
    const spec = goal ?? samples[index - 1]!;
    // Faults are repaired on what the last sample made.
    const issueTypes = index === samples.length - 1 ? subject.issueTypes : [];
    let good = await checkChange(subject, trial, spec, { interruption });
    for (const issueType of issueTypes) good &&= await checkChange(subject, trial, spec, { interruption, issueType });
    if (good) continue;
    await cleanUp(trial);
    return;
  }
}

async function checkChange(
  subject: Subject,
  trial: Trial,
  spec: object,
  change: ConvergeOptions & { readonly interruption: Interruption },
): Promise<boolean> {
  const { interruption } = change;
  const { checks, kind } = subject;
  const check = interruptionChecks[interruption];
  const isKilledBefore = interruption === 'killed-before-effect';
  let good = true;
  const convergence = await converge(trial, {
    ...change,
    onInterrupted: async (effect) => {
      if (isKilledBefore) good = (await checkFence(subject, trial, spec, effect)) && good;
    },
  });
  const { effects, failure } = convergence;
  for (const effect of effects.filter(({ interrupted }) => interrupted)) {
    const name = `tool ${effect.step.toolName}`;
    good = (await checks.make(check, name, () => judge(trial, effect, convergence, interruption))) && good;
  }
  if (good && failure !== undefined) {
    // The plain life went well, so what ended this one is the interruption.
    const blamed = effects.at(-1)?.step.toolName;
    return checks.make(check, blamed === undefined ? `kind ${kind}` : `tool ${blamed}`, () => {
      throw toCodedErrors(failure)[0] ?? failure;
    });
  }
  if (good && isKilledBefore) await checkLateAttempt(subject, trial, spec, convergence);
  return good;
}

/** What the tool did of one effect, told by the calls the runtime made. */
function judge(trial: Trial, effect: SeenEffect, { effects, failure }: Convergence, interruption: Interruption): void {
  const tool = toolOf(trial, effect);
  const calls = callsOf(trial, effect);
  const refuse = (part: string, problem: string, remedy: string, code: FailureCode = 'INVALID_TOOL'): never => {
    throw new HomeostatError(code, { path: `tool ${tool.name}.${part}`, problem, remedy });
  };
  const done = calls.filter(({ call, ended }) => call === 'execute' && ended?.type === 'returned');
  if (interruption === 'cancelled') {
    const wasClaimed = !tool.conditional && probeAnswers(calls).includes('happened');
    if (wasClaimed || done.some(({ attempt }) => attempt === 1))
      refuse('execute', 'went on although its signal was aborted', 'call signal.throwIfAborted() before the effect');
    return;
  }
  if (interruption === 'killed-after-effect') {
    if (done.length > 1 && !tool.conditional)
      refuse('probe', 'denied an effect that had happened, and it was done twice', 'answer unknown() rather than that');
    return;
  }
  const isClaimed = probeAnswers(calls).includes('happened') && done.length === 0;
  // A conditional tool may find that what it would do is so already; then no other plan was needed.
  const wasEnough = failure === undefined && effects.at(-1)?.seal === effect.seal;
  if (isClaimed && !(tool.conditional && wasEnough))
    refuse('probe', 'claims an effect that never happened', 'answer unknown() where it cannot be known');
}
