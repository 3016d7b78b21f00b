/** `npm run check`: format, lint, types and what is unused. All of them run; what fails is shown in full. */
import { resolveProgram, runNode } from './tools/run-node.ts';

interface Check {
  readonly name: string;
  readonly package: string;
  readonly program: string;
  readonly argv: readonly string[];
}

const CHECKS: readonly Check[] = [
  { name: 'types', package: 'typescript', program: 'tsc', argv: ['--noEmit'] },
  { name: 'lint', package: 'oxlint', program: 'oxlint', argv: ['--type-aware'] },
  { name: 'format', package: 'prettier', program: 'prettier', argv: ['--check', '.'] },
  { name: 'unused', package: 'knip', program: 'knip', argv: [] },
];

async function run(check: Check): Promise<boolean> {
  const startedAt = performance.now();
  const { code, output } = await runNode([await resolveProgram(check.package, check.program), ...check.argv], {
    isShown: false,
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const command = [check.program, ...check.argv].join(' ');
  console.log(`${check.name.padEnd(9)} ${code === 0 ? 'good' : 'FAILED'}  ${command} … ${seconds} s`);
  if (code !== 0) console.log(output.trimEnd());
  return code === 0;
}

const results = await Promise.all(CHECKS.map(run));
process.exitCode = results.every(Boolean) ? 0 : 1;
