import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HomeostatError } from '../../domain/failure.ts';
import { createDigestMemory } from './digest-memory.ts';
import { unpackArchive } from './image-archive.ts';
import { findImageSource, parseImageReference, type ImagePlaces, type ImageSource } from './image-reference.ts';
import { checkLinks, copyTree, digestTree, hashContent, listTree } from './image-tree.ts';

/** Unpacks images and says what is in them now. */
export interface ImageStore {
  /**
   * Unpacks an image into a new folder and returns its digest, which is of what was unpacked, not of a source that may
   * change meanwhile. On any failure the folder is gone again.
   */
  unpack(image: string, folder: string, onEntry: () => void): Promise<string>;
  /** The digest of what an image's path holds now, whatever it is pinned to; undefined when it cannot be read. */
  currentDigest(image: string): Promise<string | undefined>;
}

export function createImageStore(places: ImagePlaces): ImageStore {
  const digests = createDigestMemory();

  const digestSource = (source: ImageSource): Promise<string> =>
    digests.pass(source.path, async (remember) => {
      if (source.type === 'folder') {
        const entries = await listTree(source.path);
        return digestTree(source.path, entries, (path, stats) => remember(path, stats, () => hashContent(path)));
      }
      return remember(source.path, await stat(source.path, { bigint: true }), () => digestArchive(source.path));
    });

  return {
    async unpack(image, folder, onEntry) {
      const { path, pinnedDigest } = parseImageReference(image);
      const source = await findImageSource(path, places);
      try {
        await mkdir(folder);
        if (source.type === 'tarball') await unpackArchive(source.path, folder, onEntry);
        else await copyTree(source.path, folder, await listTree(source.path), onEntry);
        const entries = await listTree(folder);
        checkLinks(entries);
        const digest = await digestTree(folder, entries);
        if (pinnedDigest !== undefined && pinnedDigest !== digest) throw digestMismatch(image, digest);
        return digest;
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
    },
    async currentDigest(image) {
      try {
        return await digestSource(await findImageSource(parseImageReference(image).path, places));
      } catch {
        return undefined;
      }
    },
  };
}

async function digestArchive(path: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-image-'));
  try {
    await unpackArchive(path, folder, () => {});
    return await digestTree(folder, await listTree(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function digestMismatch(image: string, digest: string): HomeostatError {
  return new HomeostatError('IMAGE_DIGEST_MISMATCH', {
    path: 'spec.image',
    problem: `its content has the digest ${digest}`,
    got: image,
    remedy: `pin it to @sha256:${digest} if that content is meant, or put the meant content in place`,
  });
}
