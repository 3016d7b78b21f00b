import type { LineSink } from '../servers/index.ts';
import type { OutputFormat } from './global-options.ts';

/** Lines about something that goes on: news, which stay, and what it stands at, which a terminal shows in one place. */
export interface LiveLines {
  say(line: string): void;
  /** Replaced by the next line on a terminal, a line like any other elsewhere. */
  stand(line: string): void;
  /** Takes away what `stand` has left. */
  end(): void;
}

/** Where people look: standard output; beside it when a machine reads that, unless it reads both. */
export function peopleSink(output: OutputFormat): LineSink {
  if (output === 'table') return process.stdout;
  return process.stderr.isTTY ? process.stderr : { write: () => undefined };
}

const clear = '\r\u001B[2K';

export function createLiveLines(sink: LineSink): LiveLines {
  if (sink.isTTY !== true) {
    const say = (line: string) => void sink.write(`${line}\n`);
    return { say, stand: say, end: () => undefined };
  }
  return {
    say: (line) => void sink.write(`${clear}${line}\n`),
    stand: (line) => void sink.write(`${clear}${line.slice(0, (sink.columns ?? 80) - 1)}`),
    end: () => void sink.write(clear),
  };
}
