import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HomeostatError } from '../../../src/index.ts';

/**
 * A target as good as one can be, on a disk: an effect is done at most once a key, and an earlier attempt comes to nothing
 * once a later one has asked. The journal tells every effect there ever was.
 */
export class NoteBoard {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    for (const room of ['notes', 'receipts', 'fences']) mkdirSync(join(folder, room), { recursive: true });
  }

  read(name: string): string | undefined {
    return readIfThere(this.#note(name));
  }

  put(name: string, text: string): void {
    appendFileSync(join(this.folder, 'journal'), `put ${name}\n`);
    writeFileSync(this.#note(name), text);
  }

  drop(name: string): void {
    appendFileSync(join(this.folder, 'journal'), `drop ${name}\n`);
    rmSync(this.#note(name), { force: true });
  }

  /** Tells names of notes that changed, until the signal. */
  watch(signal: AbortSignal, changed: (name: string) => void): Promise<void> {
    const watcher = watch(join(this.folder, 'notes'), (_, name) => changed(String(name)));
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        watcher.close();
        resolve();
      });
    });
  }

  journal(): readonly string[] {
    return (readIfThere(join(this.folder, 'journal')) ?? '').split('\n').filter(Boolean);
  }

  /** Does an effect under its key. */
  once({ idempotencyKey, attempt }: { idempotencyKey: string; attempt: number }, effect: () => void): void {
    if (existsSync(this.#receipt(idempotencyKey))) return;
    if (Number(readIfThere(this.#fence(idempotencyKey)) ?? 0) > attempt)
      throw new HomeostatError('EFFECT_FENCED', { problem: 'a later attempt has asked' });
    effect();
    writeFileSync(this.#receipt(idempotencyKey), '');
  }

  /** Whether the effect under this key was done; where it was not, fences earlier attempts first. */
  settle({ idempotencyKey, attempt }: { idempotencyKey: string; attempt: number }): boolean {
    if (existsSync(this.#receipt(idempotencyKey))) return true;
    writeFileSync(this.#fence(idempotencyKey), String(attempt));
    return false;
  }

  #note(name: string): string {
    return join(this.folder, 'notes', name);
  }

  #receipt(key: string): string {
    return join(this.folder, 'receipts', key);
  }

  #fence(key: string): string {
    return join(this.folder, 'fences', key);
  }
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
