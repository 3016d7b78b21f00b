import { readVerdict } from './oracle/ask-oracle.ts';
import { runTrial, type Trial } from './run-trial.ts';
import { isWrong, type BrokenTrial, type TrialResult } from './score.ts';

export type Outcome = { readonly result: TrialResult } | { readonly broken: BrokenTrial };

/** Runs a trial, and says why where it breaks: the other trials stand, whatever became of this one. */
export async function attemptTrial(trial: Trial, say: (line: string) => void): Promise<Outcome> {
  try {
    return { result: await runTrial(trial) };
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say(`${trial.approach.name} ${trial.scenario.id} ${trial.number}: ${stack}`);
    const effects = readVerdict(trial.folder)?.effects ?? [];
    return { broken: { why: String(error), effects: effects.length, wrongEffects: effects.filter(isWrong) } };
  }
}
