import { realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
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

/** The two folders by which an image's path is judged. */
export interface ImagePlaces {
  /** What relative paths start from. */
  readonly workingFolder: string;
  /** Where instances live; it need not be there yet. */
  readonly instancesFolder: string;
}

/**
 * Finds what an image's path means; `IMAGE_NOT_FOUND` says where it looked. Refuses a folder that overlaps with where
 * instances live: it would be copied into itself, and be other than at the last look for ever.
 */
export async function findImageSource(
  path: string,
  { workingFolder, instancesFolder }: ImagePlaces,
): Promise<ImageSource> {
  const absolute = resolve(workingFolder, path);
  const found = await stat(absolute).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    throw imageNotFound(path, found.code === 'ENOENT' ? `there is nothing at ${absolute}` : found.message, found);
  }
  if (found.isDirectory()) {
    if (await doOverlap(absolute, instancesFolder)) throw imageAmongInstances(path, instancesFolder);
    return { type: 'folder', path: absolute };
  }
  if (found.isFile() && /\.(tar|tar\.gz|tgz)$/.test(absolute)) return { type: 'tarball', path: absolute };
  throw imageNotFound(path, `${absolute} is neither a folder nor a .tar, .tar.gz or .tgz file`);
}

/** Whether one folder is the other or lies below it, whatever links lead there. What is not there overlaps with nothing. */
async function doOverlap(left: string, right: string): Promise<boolean> {
  const toReal = async (folder: string) => join(await realpath(folder), sep);
  try {
    const [realLeft, realRight] = await Promise.all([toReal(left), toReal(right)]);
    return realLeft.startsWith(realRight) || realRight.startsWith(realLeft);
  } catch {
    return false;
  }
}

function imageAmongInstances(path: string, instancesFolder: string): HomeostatError {
  return new HomeostatError('EFFECT_REFUSED', {
    path: 'spec.image',
    problem: `the folder and the one that instances live in, ${instancesFolder}, overlap`,
    got: path,
    remedy: 'name a folder that holds the program alone, or set dataDir to one outside of it',
  });
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
