import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { describeThrown, escapeControls, HomeostatError, HomeostatErrors, readOrNote } from '../domain/failure.ts';
import type { Runbook } from '../domain/runbook.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import { findUnknown } from './find-unknown.ts';

const limits = { files: 100, bytes: 16 * 1024 } as const;

const frontMatter = z.strictObject({
  issue: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be a type of issue, such as disk_full'),
  kinds: z.array(z.string()).min(1).optional(),
  title: z.string().min(1).max(200),
});

/**
 * Reads the operator's runbooks: every `.md` file of the folder, in the order of their names. Throws `HomeostatErrors`
 * with all that is wrong in all of them, so that a runtime does not start with one that nobody will ever be given.
 */
export function loadRunbooks(folder: string | undefined, kinds: readonly string[]): readonly Runbook[] {
  if (folder === undefined) return [];
  const files = listFiles(folder);
  const errors: HomeostatError[] = [];
  const runbooks = files.flatMap((file) => readOrNote(errors, () => readRunbook(folder, file, kinds)) ?? []);
  if (errors.length > 0) throw new HomeostatErrors(errors);
  return runbooks;
}

function listFiles(folder: string): readonly string[] {
  try {
    const files = readdirSync(folder)
      .filter((file) => file.endsWith('.md'))
      .toSorted();
    if (files.length <= limits.files) return files;
    throw invalid(folder, `has ${files.length} runbooks, at most ${limits.files} are read`);
  } catch (error) {
    if (error instanceof HomeostatError) throw error;
    throw invalid('heal.runbooks', `cannot read the folder: ${describeThrown(error)}`, 'name a folder with .md files');
  }
}

function readRunbook(folder: string, file: string, kinds: readonly string[]): Runbook {
  const path = join(folder, file);
  const name = file.slice(0, -'.md'.length);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) {
    throw invalid(path, 'its name must be letters, digits and ._-, at most 63 of them');
  }
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw invalid(path, `cannot be read: ${describeThrown(error)}`);
  }
  if (bytes.length > limits.bytes) {
    throw invalid(path, `has ${bytes.length} bytes, at most ${limits.bytes} are read`, 'split it');
  }
  const parts = /^---\r?\n(.*?)\r?\n---[ \t]*\r?\n(.*)$/s.exec(bytes.toString('utf8'));
  if (parts === null) {
    throw invalid(path, 'does not begin with front matter', 'begin it with ---, issue: disk_full, title: …, ---');
  }
  const text = parts[2]!.trim();
  if (text === '') throw invalid(path, 'says nothing');
  return { name, ...readFrontMatter(path, parts[1]!, kinds), text };
}

function readFrontMatter(path: string, yaml: string, known: readonly string[]): Omit<Runbook, 'name' | 'text'> {
  const document = parseDocument(yaml);
  const [fault] = document.errors;
  if (fault !== undefined) throw invalid(path, `front matter: ${fault.message.split('\n', 1)[0]!}`);
  const value: unknown = document.toJS();
  const parsed = frontMatter.safeParse(value);
  if (!parsed.success) {
    throw new HomeostatErrors(
      toFieldErrors(parsed.error, value, frontMatter, path).map(({ path: at, problem, remedy }) =>
        invalid(at, problem, remedy),
      ),
    );
  }
  const { issue, kinds, title } = parsed.data;
  const unknown = findUnknown('kind', kinds ?? [], known, () => `${path}.kinds`);
  if (unknown.length > 0) throw new HomeostatErrors(unknown);
  return { issue, title: escapeControls(title), ...(kinds === undefined ? {} : { kinds }) };
}

function invalid(path: string, problem: string, remedy?: string): HomeostatError {
  return new HomeostatError('INVALID_CONFIG', { path, problem, ...(remedy === undefined ? {} : { remedy }) });
}
