import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AuditArchive } from './audit-log.ts';

/** Audit archive in `<folder>/<tenant>/<Kind>/<name>.jsonl`, appended and on the disk before it says so. */
export function createFileArchive(folder: string): AuditArchive {
  return async ({ tenant, kind, name }, lines) => {
    const path = join(folder, tenant, kind, `${name}.jsonl`);
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a+');
    try {
      await append(file, lines.map((line) => `${line}\n`).join(''));
    } finally {
      await file.close();
    }
  };
}

/** Whole, or not at all. */
async function append(file: FileHandle, lines: string): Promise<void> {
  const { size } = await file.stat();
  // A machine that went down amid a write left half a line: what follows it is a line of its own all the same.
  const text = (await endsAmidLine(file, size)) ? `\n${lines}` : lines;
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
    await file.sync();
  } catch (error) {
    await cutBack(file, size, written).catch(() => undefined);
    throw error;
  }
}

async function endsAmidLine(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer.toString() !== '\n';
}

/** Takes out what was written before a write failed, unless another runtime wrote meanwhile. */
async function cutBack(file: FileHandle, size: number, written: number): Promise<void> {
  const { size: grown } = await file.stat();
  if (grown === size + written) await file.truncate(size);
}
