import { digestOf } from '../domain/canonical.ts';
import { HomeostatError } from '../domain/failure.ts';
import { isJsonObject } from '../domain/json.ts';
import { RiskLevel } from '../domain/risk.ts';
import { checkAtRest } from './check-at-rest.ts';
import { converge, type Convergence } from './converge.ts';
import { cleanUp, type Subject } from './subject.ts';
import { differenceOf, look, observeNow } from './target.ts';
import type { Trial } from './trial.ts';
import { startWatch } from './watch-check.ts';

/** A life without any fault: made from the first sample, changed to each next one, removed. Answers whether it went well. */
export async function checkPlainLife(subject: Subject): Promise<boolean> {
  const trial = subject.createTrial();
  const went = await live(subject, trial);
  if (!went) await cleanUp(trial);
  return went;
}

async function live(subject: Subject, trial: Trial): Promise<boolean> {
  const { checks, samples, kind } = subject;
  const name = `kind ${kind}`;
  const [first] = samples;
  let last = first!;
  const began = await checks.make('create-converges', name, async () => {
    const { type } = await observeNow(trial, last);
    if (type === 'absent') return;
    const remedy = 'begin with an empty target: remove what an earlier test left there';
    throw new HomeostatError('INVALID_KIND', {
      path: `${kind}.observe`,
      problem: `nothing was made yet, and it is ${type}`,
      remedy,
    });
  });
  if (!began) return false;
  await checkRepeats(subject, trial, last);

  for (const [index, sample] of samples.entries()) {
    const change = index === 0 ? 'create' : 'update';
    const watch = index === 1 ? await startWatch(trial) : undefined;
    last = sample;
    try {
      await trial.want(sample);
      await checkPlanning(subject, trial, sample);
      const converged = await checks.make(`${change}-converges`, name, async () => {
        expectChange(await converge(trial), change, index);
        const { type } = await observeNow(trial, sample);
        if (type !== 'present') throw fault(kind, `is ${type} after it was brought about`, 'NOT_CONVERGED');
      });
      if (!converged) return false;
      if (watch !== undefined) await checks.make('watch-tells', name, () => watch.judge());
    } finally {
      watch?.end();
    }
    await checkRepeats(subject, trial, sample);
    await checkNothingToDo(subject, trial);
    if (index === 0) await checkAtRest(subject, trial, sample);
  }

  for (const issueType of subject.issueTypes) {
    const healed = await checks.make('heal-repairs', `kind ${kind}, ${issueType}`, () => checkRepair(trial, issueType));
    if (!healed) return false;
  }
  await trial.unwant();
  await checkPlanning(subject, trial, last);
  return removeAgain(subject, trial, last);
}

/** A repair must do something, and leave the thing as desired. */
async function checkRepair(trial: Trial, issueType: string): Promise<void> {
  const { sealed, failure, effects } = await converge(trial, { issueType });
  if (failure !== undefined) throw failure;
  if (effects.some(({ seal }) => seal !== sealed?.seal)) {
    const problem = `after the repair of ${issueType} it was not as desired`;
    throw new HomeostatError('NOT_CONVERGED', { path: trial.resource.kind, problem });
  }
  if (effects.length > 0) return;
  throw new HomeostatError('INVALID_AGENT', {
    path: `options.issues.${trial.resource.kind}`,
    problem:
      sealed === undefined
        ? `no rule repairs ${issueType} where nothing differs from what is desired`
        : `the repair of ${issueType} changes nothing: no tool in it writes`,
    remedy: `make rules.${trial.resource.kind}.heal.${issueType} repair it, or leave it out`,
  });
}

async function removeAgain({ checks, kind, notDangerous }: Subject, trial: Trial, spec: object): Promise<boolean> {
  let removal: Convergence | undefined;
  const removed = await checks.make('delete-converges', `kind ${kind}`, async () => {
    removal = await converge(trial);
    expectChange(removal, 'delete', 0);
    const { type } = await observeNow(trial, spec);
    if (type !== 'absent') throw fault(kind, `is ${type} after it was removed`, 'NOT_CONVERGED');
  });
  await checks.make('delete-asks', `kind ${kind}`, () => {
    if (removal?.sealed === undefined || removal.sealed.needsApproval) return;
    const silent = removal.effects.find(({ step }) => !notDangerous.has(step.toolName));
    if (silent === undefined) return;
    const { toolName } = silent.step;
    throw new HomeostatError('INVALID_TOOL', {
      path: `tool ${toolName}.riskLevel`,
      problem: 'removes without asking anybody',
      got: silent.step.riskLevel,
      remedy: `make it ${RiskLevel.dangerous}, or say why it is not in options.notDangerous.${toolName}`,
    });
  });
  return removed;
}

/** Throws unless the run got where it should, by such a change. */
function expectChange({ sealed, failure }: Convergence, change: 'create' | 'update' | 'delete', index: number): void {
  if (failure !== undefined) throw failure;
  if (sealed?.change === change) return;
  throw new HomeostatError('INVALID_KIND', {
    path: change === 'update' ? `samples[${index}]` : 'wanted',
    problem: `asks for ${change === 'update' ? 'an update' : `a ${change}`}, and the delta says ${sealed?.change ?? 'none'}`,
  });
}

/** Looks again and again, at something at rest. */
async function checkRepeats({ checks, kind, readSnapshot }: Subject, trial: Trial, spec: object): Promise<void> {
  await checks.make('observe-repeats', `kind ${kind}`, async () => {
    const before = await look(trial, spec, readSnapshot);
    await observeNow(trial, spec);
    const difference = differenceOf(before, await look(trial, spec, readSnapshot));
    if (difference !== undefined) throw fault(kind, `looking again gives something else: ${difference}`);
  });
  await checks.make('status-normal', `kind ${kind}`, async () => {
    const seen = await observeNow(trial, spec);
    if (seen.type !== 'present') return;
    const { kind: owned } = trial.dependencies().registry.ownerOf(kind);
    const again: unknown = owned.normalise?.(owned.status.parse(seen.status)) ?? owned.status.parse(seen.status);
    if (isJsonObject(again) && digestOf(JSON.parse(JSON.stringify(again))) === digestOf(seen.status)) return;
    throw fault(kind, 'normalising a normalised status gives another one');
  });
}

async function checkPlanning({ checks, kind, readSnapshot }: Subject, trial: Trial, spec: object): Promise<void> {
  await checks.make('planning-changes-nothing', `kind ${kind}`, async () => {
    const before = await look(trial, spec, readSnapshot);
    await trial.preview();
    const difference = differenceOf(before, await look(trial, spec, readSnapshot));
    if (difference !== undefined) throw fault(kind, `making a plan changed something: ${difference}`);
  });
}

async function checkNothingToDo({ checks, kind }: Subject, trial: Trial): Promise<void> {
  await checks.make('nothing-to-do', `kind ${kind}`, async () => {
    const { agent, desiredState, actualState } = await trial.observed();
    const context = { signal: trial.scope().signal, log: trial.log, failures: [] };
    for (const method of ['reconcile', 'plan'] as const) {
      const plan = await agent[method](context, desiredState, actualState);
      if (plan.steps.length === 0) continue;
      throw new HomeostatError('INVALID_AGENT', {
        path: `${agent.name}.${method}`,
        problem: 'nothing differs, and the plan has steps',
        got: plan.steps.map(({ toolName }) => toolName).join(', '),
        remedy: 'give an empty plan',
      });
    }
  });
}

function fault(kind: string, problem: string, code: 'INVALID_KIND' | 'NOT_CONVERGED' = 'INVALID_KIND'): HomeostatError {
  return new HomeostatError(code, { path: `${kind}.observe`, problem });
}
