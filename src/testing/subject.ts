import type { Checks } from './checks.ts';
import { converge } from './converge.ts';
import type { Trial } from './trial.ts';

/** A kind under test, with all that its lives are made from. */
export interface Subject {
  readonly kind: string;
  /** Good ones; each is an update of the one before. */
  readonly samples: readonly object[];
  /** Types of faults whose repair is proven on the last of them. */
  readonly issueTypes: readonly string[];
  readonly checks: Checks;
  /** A resource that nobody has ever heard of. */
  createTrial(): Trial;
  /** Whether a restart makes the agent anew. */
  readonly isMadeAnew: boolean;
  /** Another view of the target than the agent's; absent where the author gave none. */
  readonly readSnapshot?: () => unknown;
  readonly cutOff?: () => Promise<() => Promise<void>>;
  /** Tools a delete may use without asking. */
  readonly notDangerous: ReadonlySet<string>;
}

/** Takes a life's real things away again, as well as can be: what went wrong before is reported, this is not. */
export async function cleanUp(trial: Trial): Promise<void> {
  trial.restart();
  await trial.unwant();
  await converge(trial);
}
