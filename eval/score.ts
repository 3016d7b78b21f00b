import type { ApproachName, Said } from './approaches/approach.ts';
import type { Effect, Verdict } from './oracle/verdict.ts';
import type { Scenario } from './scenario.ts';
import type { Service } from './stage/service.ts';

/** What came of one trial. A field that is left out was not to be had. */
export interface TrialResult {
  /** By whoever repairs: it noticed a fault; it named all of the causes where they are; it says that it saw the end of it. */
  readonly detected?: boolean;
  readonly located?: boolean;
  readonly proven?: boolean;
  /** By the oracle; of a control: nothing was done to it. */
  readonly repaired: boolean;
  /** From the fault until all was well. */
  readonly seconds?: number;
  /** It says that it saw the end of the fault, and the oracle did not. */
  readonly falselyProven: boolean;
  /** By the oracle, which looks four times a second: a quick repair may be over in between, and its effect is seen. */
  readonly faultSeen: boolean;
  readonly modelCalls?: number;
  readonly tokens?: number;
  readonly effects: number;
  readonly wrongEffects: readonly Effect[];
}

/** A trial that came to no verdict, with why; and what was done in it all the same, as far as the oracle saw it. */
export interface BrokenTrial {
  readonly why: string;
  readonly effects: number;
  readonly wrongEffects: readonly Effect[];
}

export function isWrong({ wrong }: Effect): boolean {
  return wrong !== undefined;
}

/** Throws for a fault that never took: nobody saw anything wrong, and nobody did anything. */
export function scoreTrial(
  scenario: Scenario,
  services: readonly Pick<Service, 'role' | 'name'>[],
  verdict: Verdict,
  said: Said,
): TrialResult {
  const { effects, faultSeen } = verdict;
  if (scenario.type === 'fault' && !faultSeen && effects.length === 0) {
    throw new Error('the fault never took: nothing was seen to be wrong, and nobody did anything');
  }
  const counts = {
    faultSeen,
    effects: effects.length,
    wrongEffects: effects.filter(isWrong),
    ...(said.modelCalls === undefined ? {} : { modelCalls: said.modelCalls }),
    ...(said.tokens === undefined ? {} : { tokens: said.tokens }),
  };
  if (scenario.type === 'control') return { ...counts, repaired: effects.length === 0, falselyProven: false };
  const nameOf = (role: string) => services.find((service) => service.role === role)?.name ?? '';
  const findingsOf = (role: string) => said.findings.filter(({ service }) => service === nameOf(role));
  const located = scenario.located.every(({ role, says }) => {
    const marker = new RegExp(says, 'i');
    return findingsOf(role).some((finding) => finding.says.some((text) => marker.test(text)));
  });
  const proven = said.provesRepairs && scenario.located.every(({ role }) => findingsOf(role).some((one) => one.proven));
  // Whoever calls an alert false says that all is well, too.
  const saysWell = scenario.located.some(({ role }) => said.saysWell?.includes(nameOf(role)));
  return {
    ...counts,
    detected: said.findings.length > 0,
    located,
    ...(said.provesRepairs ? { proven } : {}),
    repaired: verdict.repaired,
    ...(verdict.seconds === undefined ? {} : { seconds: verdict.seconds }),
    falselyProven: !verdict.repaired && (proven || saysWell),
  };
}

/** All trials of one scenario with one approach. */
export interface Cell {
  readonly scenario: string;
  readonly approach: ApproachName;
  readonly trials: readonly TrialResult[];
  /** Counted as not repaired. */
  readonly broken: readonly BrokenTrial[];
}

/** Of some scenarios with one approach. Shares are from 0 to 1; undefined where there is nothing to count. */
export interface Score {
  readonly trials: number;
  /** Those of them that came to no verdict. */
  readonly broken: number;
  readonly detected: number | undefined;
  readonly located: number | undefined;
  /** Mean over all trials. */
  readonly repaired: number | undefined;
  /** Share of scenarios of which each trial was repaired. */
  readonly repairedEachTime: number | undefined;
  readonly proven: number | undefined;
  readonly falselyProven: number;
  /** Middle of the trials that were repaired. */
  readonly seconds: number | undefined;
  readonly modelCalls: number | undefined;
  readonly tokens: number | undefined;
  readonly effects: number;
  readonly wrongEffects: number;
}

export function scoreCells(cells: readonly Cell[]): Score {
  const trials = cells.flatMap((cell) => cell.trials);
  const broken = cells.flatMap((cell) => cell.broken);
  const all = [...trials, ...broken];
  const share = (pick: (trial: TrialResult) => boolean | undefined): number | undefined => {
    const known = trials.map(pick).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.filter(Boolean).length / all.length;
  };
  const sum = (pick: (trial: TrialResult) => number | undefined): number | undefined => {
    const known = trials.map(pick).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
  };
  const seconds = trials.flatMap((trial) => (trial.repaired ? (trial.seconds ?? []) : [])).toSorted((a, b) => a - b);
  const whole = cells.filter((cell) => cell.broken.length === 0 && cell.trials.every(({ repaired }) => repaired));
  return {
    trials: all.length,
    broken: broken.length,
    detected: share(({ detected }) => detected),
    located: share(({ located }) => located),
    repaired: share(({ repaired }) => repaired),
    repairedEachTime: cells.length === 0 ? undefined : whole.length / cells.length,
    proven: share(({ proven }) => proven),
    falselyProven: trials.filter(({ falselyProven }) => falselyProven).length,
    seconds: seconds[Math.floor((seconds.length - 1) / 2)],
    modelCalls: sum(({ modelCalls }) => modelCalls),
    tokens: sum(({ tokens }) => tokens),
    effects: all.reduce((total, { effects }) => total + effects, 0),
    wrongEffects: all.flatMap(({ wrongEffects }) => wrongEffects).length,
  };
}
