import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { extract } from 'tar';
import { addToCache, withTemporaryFolder } from '../binary-cache.ts';
import { verifySha256 } from '../checksum.ts';
import { download } from '../download.ts';
import { ETCD_RELEASES, RELEASE_BASE, TEMPORAL_RELEASES } from '../pinned.ts';
import type { PinnedRelease } from '../pinned.ts';
import { currentPlatform } from '../platform.ts';
import { extractZip } from '../zip.ts';
import { tooOld, type BinarySource } from './binary-source.ts';
import type { BinaryName, FoundBinary } from '../types.ts';

const PROGRAMS: Readonly<Record<BinaryName, readonly BinaryName[]>> = {
  temporal: ['temporal'],
  etcd: ['etcd', 'etcdctl'],
  etcdctl: ['etcdctl', 'etcd'],
  // Restores a snapshot: wanted by the tests alone.
  etcdutl: ['etcdutl'],
};

/** The projects' own releases, checked against pinned checksums. The base address can be a mirror. */
export function createOfficialRelease(fetchFile: typeof download = download): BinarySource {
  return {
    isSlow: true,
    label: (name, { options }) => {
      const release = pinnedRelease(name);
      const base = options.mirror ?? RELEASE_BASE;
      return release === undefined
        ? 'official release'
        : `official release ${basename(release.path)} from ${new URL(base).host}`;
    },
    find: async (name, context) => {
      const { options } = context;
      const release = pinnedRelease(name);
      if (release === undefined) return { absent: `no pinned checksum for ${process.platform}-${process.arch}` };
      const old = tooOld(name, release.version, context);
      if (old !== undefined) return old;
      const base = (options.mirror ?? RELEASE_BASE).replace(/\/+$/, '');
      return await withTemporaryFolder(options.cacheDir, async (folder) => {
        const archive = join(folder, basename(release.path));
        await fetchFile(`${base}/${release.path}`, archive);
        await verifySha256(archive, release.sha256);
        await unpack(archive, folder, PROGRAMS[name]);
        return await keep(options.cacheDir, folder, name, {
          version: release.version,
          origin: `official release ${basename(release.path)}`,
        });
      });
    },
  };
}

function pinnedRelease(name: BinaryName): PinnedRelease | undefined {
  const platform = currentPlatform();
  if (platform === undefined) return undefined;
  return name === 'temporal' ? TEMPORAL_RELEASES[platform] : ETCD_RELEASES[platform];
}

async function unpack(archive: string, folder: string, programs: readonly string[]): Promise<void> {
  const isWanted = (path: string): boolean => programs.includes(basename(path));
  const unpacked = join(folder, 'unpacked');
  await mkdir(unpacked);
  if (archive.endsWith('.zip')) {
    await extractZip(archive, unpacked, (path) => (isWanted(path) ? basename(path) : undefined));
    return;
  }
  await extract({ file: archive, cwd: unpacked, filter: (path, entry) => isFile(entry) && isWanted(path) });
  for (const program of programs) {
    // Some archives hold their programs in a folder named after the release.
    const nested = join(unpacked, basename(archive, '.tar.gz'), program);
    await rename(nested, join(unpacked, program)).catch(() => undefined);
  }
}

function isFile(entry: object): boolean {
  return 'type' in entry && entry.type === 'File';
}

async function keep(
  cacheDir: string,
  folder: string,
  name: BinaryName,
  found: Omit<FoundBinary, 'path'>,
): Promise<FoundBinary> {
  for (const other of PROGRAMS[name].slice(1))
    await addToCache(cacheDir, other, join(folder, 'unpacked', other), found);
  return await addToCache(cacheDir, name, join(folder, 'unpacked', name), found);
}
