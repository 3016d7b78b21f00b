import { open, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What a log may grow to before it is cut, and how much of it is kept beside. */
const maximumLogBytes = 10 * 1_024 * 1_024;

/** What is kept of a log when there is no room for more. */
const endBytes = 64 * 1_024;

/** No cut takes so long. */
const oldCopyMs = 60_000;

/**
 * Cuts a log that has grown too large: its end is copied to `<log>.1`, then it is emptied. Writers hold it open in
 * append mode, so they go on at its new end. What they write between the two steps is lost.
 */
export async function capLog(file: string, maximumBytes = maximumLogBytes): Promise<void> {
  if ((await sizeOf(file)) <= maximumBytes) return;
  await inTurn(file, async () => {
    const tail = await readTail(file, maximumBytes);
    // Who was before us has cut it.
    if (tail.length < maximumBytes) return;
    const aside = `${file}.1.${process.pid}.new`;
    try {
      await writeFile(aside, tail, { mode: 0o600 });
      await rename(aside, `${file}.1`);
      await truncate(file, 0);
      await removeOldCopies(file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC') return await keepEnd(file);
      // Another process made room for it meanwhile, or the instance is gone.
      if (code !== 'ENOENT') throw error;
    } finally {
      await rm(aside, { force: true });
    }
  });
}

/** Frees all a log takes but its last 64 KiB, which are copied to `<log>.1` when there is room for them then. */
export function cutLog(file: string): Promise<void> {
  return inTurn(file, () => keepEnd(file));
}

async function keepEnd(file: string): Promise<void> {
  const tail = await readEnd(file, endBytes);
  // What is kept beside, and what a killed process left of its copy.
  for (const name of await listBeside(file)) await rm(join(dirname(file), name), { force: true });
  if ((await sizeOf(file)) > 0) await truncate(file, 0);
  try {
    await writeFile(`${file}.1`, tail, { mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    await rm(`${file}.1`, { force: true });
  }
}

/** Two cuts of a log at once would each take the other's copy for its own. */
const cuts = new Map<string, Promise<void>>();

function inTurn(file: string, cut: () => Promise<void>): Promise<void> {
  const turn = (cuts.get(file) ?? Promise.resolve())
    .catch(() => undefined)
    .then(cut)
    .finally(() => {
      if (cuts.get(file) === turn) cuts.delete(file);
    });
  cuts.set(file, turn);
  return turn;
}

/** The last bytes of a log as valid text; characters that were cut in two at either end are left out. */
export async function readLogTail(file: string, tailBytes: number): Promise<string> {
  return toText(await readEnd(file, Math.max(0, Math.min(tailBytes, maximumLogBytes))));
}

/** With what was kept of it when it was cut. */
async function readEnd(file: string, bytes: number): Promise<Buffer> {
  const current = await readTail(file, bytes);
  const older = current.length < bytes ? await readTail(`${file}.1`, bytes - current.length) : Buffer.alloc(0);
  return Buffer.concat([older, current]);
}

async function listBeside(file: string): Promise<readonly string[]> {
  return (await readdir(dirname(file))).filter((name) => name.startsWith(`${basename(file)}.1`));
}

/** Copies of processes that were killed in a cut. */
async function removeOldCopies(file: string): Promise<void> {
  for (const name of (await listBeside(file)).filter((one) => one.endsWith('.new'))) {
    const copy = join(dirname(file), name);
    const { mtimeMs } = await stat(copy).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > oldCopyMs) await rm(copy, { force: true });
  }
}

export function toText(bytes: Buffer): string {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start += 1;
  // Streaming leaves out a character that is not complete yet.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start), { stream: true });
}

async function readTail(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    const length = Math.min(bytes, size);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
