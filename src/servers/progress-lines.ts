import type { ProgressEvent, ProgressReport } from './progress.ts';

const SUBJECT_WIDTH = 9;
/** Quicker than this a step that succeeded is not worth a word about its time. */
const SHOWN_FROM_MS = 100;

/** The part of a stream that is written to, so that a test can hand in its own. */
export interface LineSink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Prints progress as one line a step. On a terminal the last line counts the seconds of what is under way;
 * elsewhere each tick is a dot, so that a log shows that something is going on.
 */
export function createProgressPrinter(sink: LineSink): ProgressReport {
  return sink.isTTY === true ? createTerminalPrinter(sink) : createLogPrinter(sink);
}

function createTerminalPrinter(sink: LineSink): ProgressReport {
  const active = new Map<string, string>();
  const clear = '\r\u001B[2K';
  const status = (): string => {
    const text = [...active.values()].join(' · ');
    return text.length === 0 ? '' : text.slice(0, (sink.columns ?? 80) - 1);
  };
  return (event) => {
    const key = `${event.subject} ${event.text}`;
    const head = `${event.subject.padEnd(SUBJECT_WIDTH)} ${event.text}`;
    if (event.type === 'step-start') active.set(key, `${head} …`);
    if (event.type === 'step-tick') active.set(key, `${head} … ${seconds(event.elapsedMs)}`);
    if (event.type === 'step-end') active.delete(key);
    const line = toLine(event);
    sink.write(`${clear}${line === undefined ? '' : `${line}\n`}${status()}`);
  };
}

function createLogPrinter(sink: LineSink): ProgressReport {
  let isLineOpen = false;
  return (event) => {
    if (event.type === 'step-start') return;
    if (event.type === 'step-tick') {
      // The first tick names the step, so that quick steps cost one line and slow ones do not sit unnamed.
      if (event.elapsedMs < 2000) {
        sink.write(`${isLineOpen ? '\n' : ''}${event.subject.padEnd(SUBJECT_WIDTH)} ${event.text} …`);
      } else {
        sink.write('.');
      }
      isLineOpen = true;
      return;
    }
    sink.write(`${isLineOpen ? '\n' : ''}${toLine(event)}\n`);
    isLineOpen = false;
  };
}

function toLine(event: ProgressEvent): string | undefined {
  const head = `${event.subject.padEnd(SUBJECT_WIDTH)} ${event.text}`;
  if (event.type === 'note') return head;
  if (event.type !== 'step-end') return undefined;
  const time = event.elapsedMs >= SHOWN_FROM_MS ? ` … ${seconds(event.elapsedMs)}` : '';
  if (event.outcome === 'done') return `${head}${event.detail === undefined ? '' : `: ${event.detail}`}${time}`;
  return `${head}: ${event.outcome === 'failed' ? 'failed' : 'no'}${event.detail === undefined ? '' : `, ${event.detail}`}${time}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
