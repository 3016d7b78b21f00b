/**
 * What a run carries of the trace it belongs to. The workflow only copies it: it makes no span and no id, so a run with
 * traces repeats exactly as one without.
 */
export const traceHeaders = {
  /** W3C `traceparent` of the hint that started the run; the parent of everything in it. */
  own: 'homeostat-trace',
  /** The same of the newest hint that was folded into the run, for a link. */
  heard: 'homeostat-trace-heard',
} as const;

/** Told by the workflow to its worker, outside of the history and never while a history is replayed. */
export type RunSinks = {
  readonly homeostatRun: {
    started(): void;
    ended(end: RunEnd): void;
  };
};

export interface RunEnd {
  /** What the run returned, or `continued`, `cancelled`, `failed`. */
  readonly outcome: string;
  /** `traceparent` of the hint that started it; absent when a person or a schedule did, or nothing is traced. */
  readonly own?: string;
  /** Those of the hints that were folded into it, oldest first. */
  readonly heard: readonly string[];
}
