import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HomeostatError } from '../../domain/failure.ts';

/** `<path>` or `<path>@sha256:<64 hexadecimal digits>`. */
export interface ImageReference {
  readonly path: string;
  readonly pinnedDigest?: string;
}

export function parseImageReference(text: string): ImageReference {
  const match = /^(.+)@sha256:([0-9a-f]{64})$/.exec(text);
  return match === null ? { path: text } : { path: match[1]!, pinnedDigest: match[2]! };
}

/** The image text that says: this path, with exactly that content. */
export function pinImage(text: string, digest: string): string {
  return `${parseImageReference(text).path}@sha256:${digest}`;
}

export interface ImageSource {
  readonly type: 'folder' | 'tarball';
  readonly path: string;
}

/** Finds what an image's path means; `IMAGE_NOT_FOUND` says where it looked. */
export async function findImageSource(path: string, workingFolder: string): Promise<ImageSource> {
  const absolute = resolve(workingFolder, path);
  const found = await stat(absolute).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    throw imageNotFound(path, found.code === 'ENOENT' ? `there is nothing at ${absolute}` : found.message, found);
  }
  if (found.isDirectory()) return { type: 'folder', path: absolute };
  if (found.isFile() && /\.(tar|tar\.gz|tgz)$/.test(absolute)) return { type: 'tarball', path: absolute };
  throw imageNotFound(path, `${absolute} is neither a folder nor a .tar, .tar.gz or .tgz file`);
}

function imageNotFound(path: string, problem: string, cause?: unknown): HomeostatError {
  return new HomeostatError('IMAGE_NOT_FOUND', {
    path: 'spec.image',
    problem,
    got: path,
    remedy: "name a folder or a tarball, absolute or relative to the runtime's working folder",
    cause,
  });
}

/** An image that is there and cannot be used. */
export function badImage(problem: string, got?: string, cause?: unknown): HomeostatError {
  return new HomeostatError('EFFECT_REFUSED', { path: 'spec.image', problem, got, remedy: 'mend the image', cause });
}
