/**
 * `npm test`: makes sure of the real servers' programs, then runs vitest on everything (or on what the arguments select).
 * The last line it prints is `N passed, N failed, N skipped`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms } from './tools/find-programs.ts';
import { resolveProgram, runNode } from './tools/run-node.ts';
import { readSummary } from './tools/test-summary.ts';

async function main(): Promise<number> {
  const programs = await findPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-test-'));
  try {
    const reportFile = join(folder, 'report.json');
    const argv = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
    const vitest = await resolveProgram('vitest', 'vitest');
    const { code } = await runNode([vitest, ...argv, ...process.argv.slice(2)], {
      environment: { ...process.env, ...programs },
      isShown: true,
    });
    const summary = await readSummary(reportFile);
    console.log(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
    const isGood = code === 0 && summary.failed === 0 && summary.passed > 0;
    return isGood ? 0 : code === 0 ? 1 : code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
