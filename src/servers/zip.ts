import { mkdir, open, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const inflate = promisify(inflateRaw);

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly compressedSize: number;
  readonly headerOffset: number;
  readonly mode: number;
}

/**
 * Unpacks the entries of a zip file (a Python wheel is one) for which `select` gives a relative target path. Enough of
 * the format for archives whose checksum is pinned: no encryption, no zip64. Targets outside `folder` are refused.
 */
export async function extractZip(
  file: string,
  folder: string,
  select: (name: string) => string | undefined,
): Promise<string[]> {
  const handle = await open(file, 'r');
  try {
    const written: string[] = [];
    for (const entry of await readEntries(handle)) {
      const target = entry.name.endsWith('/') ? undefined : select(entry.name);
      if (target === undefined) continue;
      if (target.split('/').includes('..') || target.startsWith('/')) {
        throw new Error(`zip entry leaves its folder (got ${JSON.stringify(entry.name)})`);
      }
      const path = join(folder, target);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await readContent(handle, entry), { mode: entry.mode });
      written.push(path);
    }
    return written;
  } finally {
    await handle.close();
  }
}

async function readEntries(handle: FileHandle): Promise<ZipEntry[]> {
  const { size } = await handle.stat();
  const tail = await readAt(handle, Math.max(0, size - 65_557), Math.min(size, 65_557));
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end -= 1;
  if (end < 0) throw new Error('not a zip file: it has no directory');

  const directory = await readAt(handle, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY_SIGNATURE) {
    const nameLength = directory.readUInt16LE(at + 28);
    const unixMode = directory.readUInt32LE(at + 38) >>> 16;
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressedSize: directory.readUInt32LE(at + 20),
      headerOffset: directory.readUInt32LE(at + 42),
      mode: (unixMode & 0o777) === 0 ? 0o644 : unixMode & 0o777,
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function readContent(handle: FileHandle, entry: ZipEntry): Promise<Buffer> {
  // The local header repeats name and extra field, with lengths of its own.
  const header = await readAt(handle, entry.headerOffset, 30);
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const content = await readAt(handle, start, entry.compressedSize);
  if (entry.method === STORED) return content;
  if (entry.method === DEFLATED) return await inflate(content);
  throw new Error(`zip entry ${entry.name} uses method ${entry.method}; only stored and deflated ones are known`);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('zip file ends too early');
  return buffer;
}
