import { execFile, type ExecFileOptions } from 'node:child_process';
import { access, chmod, constants, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirOf } from '../../src/config/cache-dir.ts';
import { createProgressPrinter } from '../../src/servers/index.ts';

/** The programs that check what we ship for Prometheus and Alertmanager, and the Debian packages that they are in. */
const programs = [
  { name: 'promtool', variable: 'HOMEOSTAT_TEST_PROMTOOL', debianPackage: 'prometheus' },
  { name: 'amtool', variable: 'HOMEOSTAT_TEST_AMTOOL', debianPackage: 'prometheus-alertmanager' },
] as const;
type Wanted = (typeof programs)[number];

const run = promisify(execFile);
const timeout = 120_000;

/**
 * Paths of `promtool` and `amtool` as environment variables: those already set, else of the PATH, else of our cache, else
 * out of Debian's packages, of which nothing is installed and nothing started. One that cannot be had is left out, and
 * it is said so: the tests that need it are skipped then. Throws never.
 */
export async function findMonitoringPrograms(environment: NodeJS.ProcessEnv = process.env) {
  const report = createProgressPrinter(process.stdout);
  const folder = join(cacheDirOf(environment), 'monitoring');
  const found: Record<string, string> = {};
  let noFetch: string | undefined;
  // One after the other: two of them would ask for apt's lists at once, and where one cannot be had the other cannot either.
  for (const program of programs) {
    const { name, variable, debianPackage } = program;
    const there = environment[variable] ?? (await findHere(name, folder, environment.PATH));
    if (there !== undefined) {
      found[variable] = there;
      continue;
    }
    const text = `Debian package ${debianPackage}`;
    const startedAt = performance.now();
    const end = (outcome: 'done' | 'skipped', detail: string) =>
      report({ type: 'step-end', subject: name, text, elapsedMs: performance.now() - startedAt, outcome, detail });
    report({ type: 'step-start', subject: name, text });
    if (noFetch === undefined) {
      try {
        found[variable] = await fetchFromDebian(program, folder, environment);
        end('done', 'in our cache now');
        continue;
      } catch (error) {
        noFetch = describe(error);
      }
    }
    end('skipped', `${noFetch}; THE TESTS THAT NEED ${name} ARE SKIPPED: install it, or set ${variable} to it`);
  }
  return found;
}

async function findHere(name: string, folder: string, path = ''): Promise<string | undefined> {
  for (const place of [...path.split(delimiter).filter((one) => one !== ''), folder]) {
    const file = join(place, name);
    const isProgram = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram) return file;
  }
  return undefined;
}

/** Into the cache by one rename, and only when it runs here. */
async function fetchFromDebian({ name, debianPackage }: Wanted, folder: string, env: NodeJS.ProcessEnv) {
  await mkdir(folder, { recursive: true });
  const temporary = await mkdtemp(join(folder, 'fetch-'));
  try {
    await download(debianPackage, { cwd: temporary, env, timeout });
    const archive = (await readdir(temporary)).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new Error(`apt-get downloaded no ${debianPackage}`);
    await run('dpkg-deb', ['-x', archive, 'content'], { cwd: temporary, env, timeout });
    const draft = join(temporary, name);
    await copyFile(join(temporary, 'content', 'usr', 'bin', name), draft);
    await chmod(draft, 0o755);
    await run(draft, ['--version'], { timeout });
    await rename(draft, join(folder, name));
    return join(folder, name);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Lists that are missing or too old are fetched once, which takes root; an old source of no use to us may fail then. */
async function download(debianPackage: string, options: ExecFileOptions): Promise<void> {
  const patience = ['-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::https::Timeout=20'];
  const aptGet = (...argv: string[]) => run('apt-get', ['-q', ...patience, ...argv], options);
  try {
    await aptGet('download', debianPackage);
  } catch {
    await aptGet('update').catch(() => undefined);
    await aptGet('download', debianPackage);
  }
}

/** What a program said of its failure, as far as it fits into a line. */
function describe(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1)! : '';
  return said !== '' ? said : error instanceof Error ? error.message.split('\n', 1)[0]! : String(error);
}
