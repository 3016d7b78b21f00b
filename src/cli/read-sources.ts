import { createReadStream, type ReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codedOrThrow, HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { maximumTextBytes, parseDocuments, type SourceDocument } from '../starters/parse-documents.ts';

/** Stands for standard input in the place of a file. */
const standardInput = '-';

/** Reads the documents in files, folders (their .yaml, .yml and .json files, by name) and `-`, and says all that is wrong. */
export async function readSources(paths: readonly string[]): Promise<readonly SourceDocument[]> {
  const errors: HomeostatError[] = [];
  /** Goes on without what it could not read. */
  const collect = async <Item>(read: () => Promise<readonly Item[]>, place = (error: HomeostatError) => error) => {
    try {
      return await read();
    } catch (error) {
      errors.push(...codedOrThrow(error).map(place));
      return [];
    }
  };
  const documents: SourceDocument[] = [];
  for (const path of paths) {
    const files = await collect(() => filesOf(path));
    const isOneOfMany = paths.length > 1 || files.length > 1;
    for (const file of files) {
      const read = async () => parseDocuments(await readText(file), toOptions(file));
      documents.push(...(await collect(read, isOneOfMany ? (error) => placeIn(file, error) : undefined)));
    }
  }
  if (errors.length > 0) throw new HomeostatErrors(errors);
  return documents;
}

/** An error that tells a place within a file tells which one. */
function placeIn(file: string, error: HomeostatError): HomeostatError {
  if (error.path.startsWith(file)) return error;
  return error.at(error.path === '$' ? file : `${file} ${error.path}`);
}

function toOptions(file: string): { source?: string } {
  return file === standardInput ? {} : { source: file };
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (path === standardInput) return [path];
  const found = await stat(path).catch((error: unknown) => {
    throw toUnreadable(path, error);
  });
  if (!found.isDirectory()) return [path];
  const files = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/i.test(name)).toSorted();
  if (files.length > 0) return files.map((name) => join(path, name));
  throw new HomeostatError('NOT_FOUND', {
    path,
    problem: 'no .yaml, .yml or .json file in this folder',
    remedy: 'name another folder, or a file; folders below are not looked into',
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readStream(file === standardInput ? process.stdin : createReadStream(file), file);
  } catch (error) {
    throw error instanceof HomeostatError ? error : toUnreadable(file, error);
  }
}

/** Stops at the limit, so that an endless pipe costs nothing. */
async function readStream(stream: ReadStream | NodeJS.ReadStream, file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maximumTextBytes) {
      throw new HomeostatError('TOO_LARGE', {
        path: file,
        problem: `larger than ${maximumTextBytes / 1024 / 1024} MiB`,
        remedy: 'split it',
      });
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new HomeostatError('PARSE_ERROR', { path: file, problem: 'is not UTF-8 text', remedy: 'save it as UTF-8' });
  }
}

function toUnreadable(path: string, error: unknown): HomeostatError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return new HomeostatError('NOT_FOUND', {
      path,
      problem: 'no such file',
      remedy: 'name a file, a folder, or - for standard input',
    });
  }
  return new HomeostatError('INVALID_VALUE', {
    path,
    problem: `cannot be read: ${code ?? String(error)}`,
    remedy: 'name one that you may read',
    cause: error,
  });
}
