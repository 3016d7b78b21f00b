import { HomeostatErrors } from '../domain/failure.ts';
import type { CheckResult } from './checks.ts';

/** What became of each check, in the order in which they were made. */
export interface ConformanceReport {
  readonly agent: string;
  readonly checks: readonly CheckResult[];
}

/** Thrown when an agent does not keep the contract: one line for each fault, and the whole report. */
export class ConformanceError extends HomeostatErrors {
  readonly report: ConformanceReport;

  constructor(report: ConformanceReport) {
    const failed = report.checks.filter(({ outcome }) => outcome === 'failed');
    super(failed.flatMap(({ errors }) => errors));
    this.name = 'ConformanceError';
    this.report = report;
    const lines = failed.flatMap(({ check, subject, errors }) =>
      errors.map((error) => `  ${check} (${subject}): ${error.message}`),
    );
    const count = `${failed.length} of ${report.checks.length} checks failed`;
    this.message = `agent ${report.agent} does not keep the contract, ${count}\n${lines.join('\n')}`;
  }
}
