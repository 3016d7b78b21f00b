import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Stands in every folder that a demonstration made. */
const mark = 'demonstration';

/** Throws where the folder holds what no demonstration made: to be asked before anything there is stopped or deleted. */
export function checkDemoFolder(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length === 0 || names.includes(mark)) return;
  throw new Error(
    `${folder} holds what no demonstration made — name a folder that is empty or not there yet, or remove this one if it is of a demonstration of an older version`,
  );
}

/** Makes the folder, empty but for the mark. */
export function makeDemoFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, mark), '');
}
