import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeThrown } from '../domain/failure.ts';

const largestBytes = 16 * 1024 * 1024;

/**
 * A file that log lines are put at the end of, as they come; past 16 MiB it becomes `<path>.1`, in the place of an older one.
 * Where that one cannot be replaced it
 * grows on. A line that cannot be written, as on a full disk, is lost and nothing else: `tell` hears why, once, and how
 * many there were stands in the file as soon as it takes lines again. pino's own file throws then, and never lets the process
 * end. Written synchronously, as standard error is: what was said last before an end is there.
 */
export function createLogFile(
  path: string,
  tell: (cause: string) => void,
  largest = largestBytes,
): { write(line: string): void } {
  let file: { readonly descriptor: number; size: number } | undefined;
  let isFailing = false;
  let lost = 0;
  let isTorn = false;
  /** Whether it grows on, since the older one cannot be replaced. */
  let isKept = false;

  const open = () => {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, 'a');
    return { descriptor, size: fstatSync(descriptor).size };
  };
  const rotate = (full: number) => {
    try {
      renameSync(path, `${path}.1`);
    } catch (error) {
      if (!isKept) tell(describeThrown(error));
      isKept = true;
      return;
    }
    file = undefined;
    closeSync(full);
  };
  const append = (text: string) => {
    if (file !== undefined && file.size > largest) rotate(file.descriptor);
    file ??= open();
    const bytes = Buffer.from(isTorn ? `\n${text}` : text);
    for (let written = 0; written < bytes.length;) {
      const count = writeSync(file.descriptor, bytes, written);
      written += count;
      file.size += count;
      isTorn = written < bytes.length;
    }
  };
  const attempt = (text: string) => {
    try {
      append(lost === 0 ? text : `${toGap(lost)}${text}`);
      lost = 0;
      isFailing = false;
    } catch (error) {
      if (!isFailing) tell(describeThrown(error));
      isFailing = true;
      if (text !== '') lost += 1;
    }
  };

  attempt('');
  return { write: attempt };
}

function toGap(lost: number): string {
  const msg = 'lines before this one are lost: the log could not be written';
  return `${JSON.stringify({ level: 40, time: new Date().toISOString(), lost, msg })}\n`;
}
