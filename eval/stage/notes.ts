import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a service itself notes of its life, one JSON line each. */
export interface Note {
  readonly type: 'start' | 'gave-up' | 'asked-to-end';
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `hand`: somebody started a copy of it by hand. */
  readonly by: 'keeper' | 'hand';
  /** Folder it works in. */
  readonly cwd: string;
}

export function readNotes(folder: string): readonly Note[] {
  const file = join(folder, 'notes.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Note];
      } catch {
        // The empty end, or a line that is still being written.
        return [];
      }
    });
}

/** The newest start by whoever keeps it running. */
export function newestStart(folder: string): Note | undefined {
  return readNotes(folder).findLast(({ type, by }) => type === 'start' && by === 'keeper');
}
