import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { extractZip } from '../../../src/servers/zip.ts';
import { temporaryFolder } from './temporary-folder.ts';

interface Entry {
  readonly name: string;
  readonly content: string;
  readonly mode: number;
  readonly isDeflated: boolean;
}

/** A zip file with the fields that readers look at; checksums are left out, because ours is pinned as a whole. */
function toZip(entries: readonly Entry[]): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode, isDeflated } of entries) {
    const data = isDeflated ? deflateRawSync(content) : Buffer.from(content);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(isDeflated ? 8 : 0, 8);
    header.writeUInt16LE(name.length, 26);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(isDeflated ? 8 : 0, 10);
    record.writeUInt32LE(data.length, 20);
    record.writeUInt16LE(name.length, 28);
    record.writeUInt32LE((mode << 16) >>> 0, 38);
    record.writeUInt32LE(offset, 42);
    local.push(header, Buffer.from(name), data);
    directory.push(record, Buffer.from(name));
    offset += header.length + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, ...directory, end]);
}

test('wanted entries are unpacked, stored or deflated, with their permissions', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'a.zip');
  await writeFile(
    file,
    toZip([
      { name: 'pkg/temporal', content: 'program '.repeat(1000), mode: 0o100755, isDeflated: true },
      { name: 'pkg/LICENSE', content: 'MIT', mode: 0o100644, isDeflated: false },
      { name: 'pkg/unwanted', content: 'x', mode: 0o100644, isDeflated: false },
    ]),
  );
  await extractZip(file, folder, (name) => (name.endsWith('unwanted') ? undefined : name));
  expect(await readFile(join(folder, 'pkg/temporal'), 'utf8')).toBe('program '.repeat(1000));
  expect((await stat(join(folder, 'pkg/temporal'))).mode & 0o111).toBe(0o111);
  expect(await readFile(join(folder, 'pkg/LICENSE'), 'utf8')).toBe('MIT');
  await expect(stat(join(folder, 'pkg/unwanted'))).rejects.toHaveProperty('code', 'ENOENT');
});

test('an entry that would leave the folder is refused', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'a.zip');
  await writeFile(file, toZip([{ name: '../evil', content: 'x', mode: 0o100644, isDeflated: false }]));
  await expect(extractZip(file, join(folder, 'in'), (name) => name)).rejects.toThrow('leaves its folder');
});

test('a file that is no zip is refused', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'a.zip');
  await writeFile(file, 'not a zip file, but long enough to look for a directory in it');
  await expect(extractZip(file, folder, (name) => name)).rejects.toThrow('not a zip file');
});
