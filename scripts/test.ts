/**
 * `npm test`: makes sure of the real servers' programs and of what checks alert rules, then runs vitest on everything (or on what the arguments select).
 * Of everything, a file that failed is run once more, alone: see `docs/decisions/`. The last line it prints is
 * `N passed, N failed, N skipped`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { findMonitoringPrograms } from './tools/find-monitoring-programs.ts';
import { findPrograms } from './tools/find-programs.ts';
import { resolveProgram, ROOT, runNode } from './tools/run-node.ts';
import {
  listFailedFiles,
  listFailedTests,
  mergeReports,
  readReport,
  reportTo,
  toSummary,
  type TestReport,
} from './tools/test-summary.ts';

interface TestRun {
  readonly code: number;
  readonly report: TestReport | undefined;
}

/** More files than this do not fail by chance. */
const maximumRunAgain = 5;

async function main(selection: readonly string[]): Promise<number> {
  const environment = { ...process.env, ...(await findPrograms()), ...(await findMonitoringPrograms()) };
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-test-'));
  const vitest = await resolveProgram('vitest', 'vitest');
  const run = async (name: string, argv: readonly string[]): Promise<TestRun> => {
    const reportFile = join(folder, name);
    const report = reportTo(reportFile);
    const { code } = await runNode([vitest, 'run', '--reporter=default', ...report.argv, ...argv], {
      environment: { ...environment, ...report.environment },
      isShown: true,
    });
    return { code, report: await readReport(reportFile) };
  };
  try {
    let { code, report } = await run('report.json', selection);
    const failed = report === undefined ? [] : listFailedFiles(report);
    if (report !== undefined && selection.length === 0 && failed.length > 0 && failed.length <= maximumRunAgain) {
      const unsteady = listFailedTests(report);
      console.log(`\nOnce more, alone:\n${failed.map((file) => `  ${relative(ROOT, file)}`).join('\n')}\n`);
      const again = await run('again.json', ['--no-file-parallelism', ...failed]);
      code = again.code;
      if (again.report !== undefined) report = mergeReports(report, again.report);
      if (toSummary(report).failed === 0) {
        console.log(
          `Unsteady, passed only when alone:\n${unsteady.map((test) => `  ${relative(ROOT, test)}`).join('\n')}`,
        );
      }
    }
    const summary = toSummary(report);
    console.log(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
    if (summary.failed > 0 || summary.passed === 0) return 1;
    return code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
