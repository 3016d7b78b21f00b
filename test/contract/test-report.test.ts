import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { resolveProgram, runNode } from '../../scripts/tools/run-node.ts';
import { listFailedTests, readReport, reportTo, toSummary } from '../../scripts/tools/test-summary.ts';

const folder = mkdtempSync(join(tmpdir(), 'homeostat-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what vitest reports of a run tells of failed tests and of errors outside of any test', async () => {
  const write = (name: string, body: string) =>
    writeFileSync(join(folder, `${name}.test.ts`), `import { test } from 'vitest';\ntest('${name}', ${body});\n`);
  write('fails', '() => { throw new Error(); }');
  write('leaks', 'async () => { void Promise.reject(new Error()); await new Promise(setImmediate); }');
  const file = join(folder, 'report.json');
  const { argv, environment } = reportTo(file);
  const { code } = await runNode([await resolveProgram('vitest', 'vitest'), 'run', '--root', folder, ...argv], {
    environment: { ...process.env, ...environment },
    isShown: false,
  });
  const report = (await readReport(file))!;
  expect(code).toBe(1);
  expect(report.strayErrors).toBe(1);
  expect(listFailedTests(report)).toEqual([`${join(folder, 'fails.test.ts')}: fails`]);
  expect(toSummary(report)).toEqual({ passed: 1, failed: 2, skipped: 0 });
});
