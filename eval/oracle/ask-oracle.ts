import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
  const briefFile = join(folder, 'brief.json');
  writeFileSync(briefFile, JSON.stringify(brief, null, 2));
  const program = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(process.execPath, [program, briefFile, verdictFileIn(folder)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
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
      const verdict = readVerdict(folder);
      if (verdict === undefined) throw new Error('the oracle ended without a verdict');
      return verdict;
    },
  };
}

/** The verdict of an oracle that has ended. Undefined: it came to none. */
export function readVerdict(folder: string): Verdict | undefined {
  const file = verdictFileIn(folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Verdict) : undefined;
}

function verdictFileIn(folder: string): string {
  return join(folder, 'verdict.json');
}
