import type { BigIntStats } from 'node:fs';
import { isSettled } from './settled.ts';

/** The digest of a file: as remembered where its stamp is the same, else computed. */
type Remember = (path: string, stats: BigIntStats, compute: () => Promise<string>) => Promise<string>;

/**
 * What the files of images had for digests, by image: those of the last pass over it, so that no file is kept that the
 * image has no more, and of no image that nobody asked for within an hour, which is many sweeps.
 */
export interface DigestMemory {
  /** One pass over all files of an image's source. */
  pass<Result>(source: string, digest: (remember: Remember) => Promise<Result>): Promise<Result>;
}

const forgottenAfterMs = 3_600_000;

export function createDigestMemory(): DigestMemory {
  /** Those asked for longest ago first. */
  const passes = new Map<string, { readonly askedAt: number; readonly files: ReadonlyMap<string, KnownDigest> }>();

  return {
    async pass(source, digest) {
      const before = passes.get(source)?.files;
      const files = new Map<string, KnownDigest>();
      const result = await digest(async (path, stats, compute) => {
        const stamp = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
        const known = before?.get(path);
        if (known?.stamp === stamp) {
          files.set(path, known);
          return known.digest;
        }
        const computed = { stamp, digest: await compute() };
        if (isSettled(Number(stats.ctimeMs))) files.set(path, computed);
        return computed.digest;
      });
      const askedAt = performance.now();
      passes.delete(source);
      passes.set(source, { askedAt, files });
      for (const [name, old] of passes) {
        if (askedAt - old.askedAt < forgottenAfterMs) break;
        passes.delete(name);
      }
      return result;
    },
  };
}

interface KnownDigest {
  readonly stamp: string;
  readonly digest: string;
}
