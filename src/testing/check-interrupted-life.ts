import { createToolContext } from '../activities/tool-context.ts';
import { HomeostatError, toCodedErrors, type FailureCode } from '../domain/failure.ts';
import { idempotencyKeyOf } from '../domain/ledger.ts';
import type { AnyTool } from '../tools/tool.ts';
import { converge, type Convergence, type ConvergeOptions, type Effect } from './converge.ts';
import type { Interruption } from './interruption.ts';
import { cleanUp, type Subject } from './subject.ts';
import { differenceOf, look } from './target.ts';
import type { Trial } from './trial.ts';
import { probeAnswers, type ToolCall } from './witness-agent.ts';

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
  const convergence = await converge(trial, change);
  const { effects, failure } = convergence;
  let good = true;
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
  if (good && interruption === 'killed-before-effect') await checkLateAttempt(subject, trial, spec, convergence);
  return good;
}

/** What the tool did of one effect, told by the calls the runtime made. */
function judge(trial: Trial, effect: Effect, { effects, failure }: Convergence, interruption: Interruption): void {
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

/**
 * The first attempt wakes up after the second has done its work. At rest, so only for the last effect; and only where the
 * runtime would have let a second attempt act: elsewhere a person decides.
 */
async function checkLateAttempt(
  { checks, readSnapshot }: Subject,
  trial: Trial,
  spec: object,
  { effects }: Convergence,
): Promise<void> {
  const effect = effects.at(-1);
  if (effect === undefined || effect.asked) return;
  const tool = toolOf(trial, effect);
  if (!tool.conditional && !probeAnswers(callsOf(trial, effect)).includes('cannot-happen')) return;
  await checks.make('late-attempt', `tool ${tool.name}`, async () => {
    const { state } = trial.dependencies();
    const stored = (await state.ledger.list(trial.resource)).find(
      ({ entry }) => entry.seal === effect.seal && entry.step === effect.step.id,
    );
    if (stored === undefined) return;
    const { idempotencyKey, parameters } = stored.entry;
    const before = await look(trial, spec, readSnapshot);
    const context = createToolContext(trial.dependencies(), trial.scope(), {
      resource: trial.resource,
      idempotencyKey,
      attempt: 1,
    });
    // Refused or not: what counts is what it did.
    await Promise.resolve(tool.execute(context, parameters)).catch(() => undefined);
    const difference = differenceOf(before, await look(trial, spec, readSnapshot));
    if (difference === undefined) return;
    throw new HomeostatError('INVALID_TOOL', {
      path: `tool ${tool.name}.execute`,
      problem: `a late attempt acted once more: ${difference}`,
      remedy: 'hand idempotencyKey to the target, so that it does the effect at most once',
    });
  });
}

function toolOf(trial: Trial, { step }: Effect): AnyTool {
  return trial.dependencies().registry.toolOf(trial.resource.kind, step.toolName);
}

function callsOf(trial: Trial, { seal, step }: Effect): readonly ToolCall[] {
  const key = idempotencyKeyOf(seal, step.id, 0);
  return trial.calls.filter(({ idempotencyKey }) => idempotencyKey === key);
}
