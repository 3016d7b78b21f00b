import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One start of a program of the shop, as the program itself noted it before it did anything else. */
export interface Start {
  readonly program: string;
  readonly pid: number;
  readonly time: string;
  /** Key of the effect that started it. */
  readonly HOMEOSTAT_KEY: string | null;
}

/**
 * Sees only what the programs wrote of themselves, nothing that the runtime says. Remembers what it saw: the folder of an
 * instance goes with it.
 */
export function createWitness(dataDir: string) {
  const seen = new Map<string, Start>();
  const look = (): readonly Start[] => {
    const folder = join(dataDir, 'instances', 'default', 'Instance');
    for (const program of existsSync(folder) ? readdirSync(folder) : []) {
      for (const root of readdirSync(join(folder, program)).filter((name) => name.startsWith('root-'))) {
        for (const start of readStarts(join(folder, program, root, 'starts.jsonl'))) {
          seen.set(`${program} ${start.pid} ${start.time}`, { ...start, program });
        }
      }
    }
    return [...seen.values()];
  };
  return {
    startsOf: (program: string) => look().filter((start) => start.program === program),
    /** Path of a file in the folder of a program. */
    fileOf(program: string, path: string): string {
      const folder = join(dataDir, 'instances', 'default', 'Instance', program);
      const root = readdirSync(folder).find((name) => name.startsWith('root-') && existsSync(join(folder, name, path)));
      if (root === undefined) throw new Error(`${program} has no ${path}`);
      return join(folder, root, path);
    },
    count() {
      const starts = look();
      const keys = new Set(starts.map((start) => start.HOMEOSTAT_KEY ?? `${start.program} ${start.pid}`));
      return { effects: starts.length, doubled: starts.length - keys.size };
    },
  };
}

function readStarts(file: string): readonly Omit<Start, 'program'>[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Omit<Start, 'program'>);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
