import type { ResourceKey } from '../domain/identity.ts';
import type { Hint } from '../domain/messages.ts';

/** Told of every hint's way from what was seen to the run, for metrics and traces. Nothing in here may throw. */
export interface HintObserver {
  /** Something was seen that asks for a run. */
  seen(resource: ResourceKey, hint: Hint): HintJourney;
}

/** One hint's way. */
export interface HintJourney {
  /** Its place in a trace, W3C; absent where nothing is traced. */
  readonly traceparent?: string;
  /** A newer hint for the same resource takes this one along. */
  foldInto(newer: HintJourney): void;
  /** Makes one try of telling the run; what the call throws is passed on. */
  attempt(call: () => Promise<void>): Promise<void>;
}

const unobservedJourney: HintJourney = { foldInto: () => undefined, attempt: (call) => call() };
export const unobservedHints: HintObserver = { seen: () => unobservedJourney };
