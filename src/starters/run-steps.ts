import type { ResourceKey } from '../domain/identity.ts';

/** A step of a run that began or ended, with or without effects. */
export interface StepChange {
  readonly type: 'step-start' | 'step-end';
  /** `[2/3] wait_for_ready(web-01)`. */
  readonly summary: string;
  /** When, by the server's clock, milliseconds since 1970. */
  readonly at: number;
  /** How long it took; at its end only. */
  readonly elapsedMs?: number;
  /** Why it failed; absent when it did not. */
  readonly fault?: string;
}

/** What can be seen of runs from outside while they go on. */
export interface RunSteps {
  /**
   * Tells each step of the resource's newest run, the past ones first, and returns once that run has ended; at once when
   * there is none, it is the run `unless`, or it ended before `since`. Answers the run's id. Needs no runtime to answer;
   * throws `TEMPORAL_UNAVAILABLE`.
   */
  follow(
    resource: ResourceKey,
    tell: (change: StepChange) => void,
    options: { readonly signal: AbortSignal; readonly since: number; readonly unless: string | undefined },
  ): Promise<string | undefined>;
}
