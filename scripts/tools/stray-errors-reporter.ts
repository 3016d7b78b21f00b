import { writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Reporter } from 'vitest/node';

export const strayErrorsReporter = fileURLToPath(import.meta.url);

/** Names the file that the reporter writes. */
export const strayErrorsVariable = 'HOMEOSTAT_TEST_STRAY_ERRORS';

/** Writes how many errors came outside of any test: vitest's JSON report is silent about them. */
// oxlint-disable-next-line import/no-default-export -- so vitest finds a reporter in its file
export default class StrayErrorsReporter implements Reporter {
  onTestRunEnd(...[, errors]: Parameters<NonNullable<Reporter['onTestRunEnd']>>): void {
    writeFileSync(env[strayErrorsVariable]!, String(errors.length));
  }
}
