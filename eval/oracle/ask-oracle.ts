import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { OracleBrief, OracleMessage, OracleNews, Verdict } from './verdict.ts';

/** The oracle of one trial, as whoever runs the trial sees it: a process that is told what happens, and judges. */
export interface Oracle {
  /** What it said last. */
  news(): OracleNews;
  tell(message: OracleMessage): void;
  /** Its verdict; it ends. */
  end(): Promise<Verdict>;
}

const nothingYet: OracleNews = { isWell: false, hasBegun: false };

export function askOracle(brief: OracleBrief, folder: string): Oracle {
  const [briefFile, verdictFile] = ['brief.json', 'verdict.json'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(briefFile, JSON.stringify(brief, null, 2));
  const program = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(process.execPath, [program, briefFile, verdictFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  // One that has ended on its own is told of by its missing verdict.
  child.stdin.on('error', () => undefined);
  let last = nothingYet;
  createInterface({ input: child.stdout }).on('line', (line) => (last = JSON.parse(line) as OracleNews));
  const tell = (message: OracleMessage) => void child.stdin.write(`${JSON.stringify(message)}\n`);
  return {
    news: () => last,
    tell,
    async end() {
      tell({ type: 'end' });
      await exit;
      return JSON.parse(readFileSync(verdictFile, 'utf8')) as Verdict;
    },
  };
}
