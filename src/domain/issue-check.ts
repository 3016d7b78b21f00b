/** What a kind's own check of one type of fault saw. */
export interface IssueFinding {
  /** The thing does not have this fault now. */
  readonly isGood: boolean;
  /** What was seen, in a line; goes to people, to the report and into the proof. */
  readonly detail: string;
  /** Nothing was looked at that could tell: nobody's alert is called false by it. */
  readonly isUnchecked?: boolean;
}

/** How often the runtime checks by itself, and how many looks in a row it takes for the fault, or for its end. */
export interface CheckPace {
  readonly everyMs: number;
  readonly failures: number;
  readonly successes: number;
}

/** What holds where a kind says nothing: a fault counts after half a minute, its end at once. */
export const standardPace: CheckPace = { everyMs: 10_000, failures: 3, successes: 1 };

/** What came of the looks at one thing for one type of fault. `undefined`: nothing has changed. */
export type StreakChange = 'fails' | 'recovered' | undefined;

/** Looks of one check in a row, all good or all bad. */
export interface Streak {
  /** Takes in one more look. `fails` with each look from the one on that makes it a fault. */
  note(isGood: boolean, now: number): StreakChange;
  /** When the first of the bad looks in a row was, milliseconds since 1970. */
  readonly since: number;
  readonly badLooks: number;
  /** As if nobody had looked yet. */
  forget(): void;
}

export function createStreak({ failures, successes }: CheckPace): Streak {
  let bad = 0;
  let good = 0;
  let since = 0;
  let isFault = false;
  return {
    note(isGood, now) {
      if (!isGood) {
        if (bad === 0) since = now;
        good = 0;
        bad += 1;
        if (bad >= failures) isFault = true;
        return isFault ? 'fails' : undefined;
      }
      bad = 0;
      good += 1;
      if (!isFault || good < successes) return undefined;
      isFault = false;
      return 'recovered';
    },
    get since() {
      return since;
    },
    get badLooks() {
      return bad;
    },
    forget() {
      [bad, good, since, isFault] = [0, 0, 0, false];
    },
  };
}
