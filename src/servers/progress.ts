/**
 * What a person waiting at a terminal is told. Parts report events; only a renderer prints.
 * A step that takes long ticks every second, so nothing is ever silent for longer than that.
 */
export type ProgressEvent =
  | { readonly type: 'step-start'; readonly subject: string; readonly text: string }
  | { readonly type: 'step-tick'; readonly subject: string; readonly text: string; readonly elapsedMs: number }
  | {
      readonly type: 'step-end';
      readonly subject: string;
      readonly text: string;
      readonly elapsedMs: number;
      readonly outcome: 'done' | 'failed' | 'skipped';
      readonly detail?: string;
    }
  | { readonly type: 'note'; readonly subject: string; readonly text: string };

export type ProgressReport = (event: ProgressEvent) => void;

const TICK_MS = 1000;

/** Runs `work` as one reported step. What `work` throws is reported as `failed` and thrown on. */
export async function withProgress<Result>(
  report: ProgressReport,
  subject: string,
  text: string,
  work: () => Promise<Result>,
  describe?: (result: Result) => string,
): Promise<Result> {
  const startedAt = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startedAt);
  report({ type: 'step-start', subject, text });
  const ticker = setInterval(() => report({ type: 'step-tick', subject, text, elapsedMs: elapsed() }), TICK_MS);
  try {
    const result = await work();
    const detail = describe === undefined ? {} : { detail: describe(result) };
    report({ type: 'step-end', subject, text, elapsedMs: elapsed(), outcome: 'done', ...detail });
    return result;
  } catch (error) {
    report({ type: 'step-end', subject, text, elapsedMs: elapsed(), outcome: 'failed', detail: firstLine(error) });
    throw error;
  } finally {
    clearInterval(ticker);
  }
}

/** The first line of an error's message: what fits behind a progress line. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}
