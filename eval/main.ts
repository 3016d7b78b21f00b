/**
 * `npm run eval`: how good Homeostat is at faults, beside doing nothing and restarting what fails. Tables on standard
 * output, JSON in a file, a transcript a trial; ends with 1 when Homeostat did something it should not have, or a trial
 * of it came to no verdict. See eval/README.md.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeMachine } from '../bench/support/machine.ts';
import { findPrograms } from '../scripts/tools/find-programs.ts';
import { ROOT } from '../scripts/tools/run-node.ts';
import { approachNames, type ApproachName } from './approaches/approach.ts';
import { isModelConfigured, readModelVariables } from './approaches/model-environment.ts';
import { renderResults } from './render.ts';
import { countOfHomeostat, scoreApproaches, toScenarioResults, type Results } from './results.ts';
import { runSuite } from './run-suite.ts';
import { needsRoot } from './scenario.ts';
import { scenarios } from './scenarios/all.ts';
import { cleanUpAll } from './stage/clean-up.ts';
import { canMount } from './stage/small-disk.ts';

interface Options {
  readonly list?: true;
  readonly only?: readonly string[];
  readonly trials: number;
  readonly seed: number;
  readonly approaches?: readonly ApproachName[];
  readonly concurrency: number;
  readonly out: string;
}

const transcripts = join(ROOT, 'eval', 'transcripts');

async function main(options: Options, command: Command): Promise<void> {
  const chosen = scenarios.filter(({ id }) => options.only?.includes(id) ?? true);
  if (options.list === true) {
    for (const { id, type, what } of chosen) console.log(`${id.padEnd(30)} ${type.padEnd(8)} ${what}`);
    return;
  }
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const runnable = chosen.filter((scenario) => !needsRoot(scenario) || canMount());
  const leftOut = chosen
    .filter((scenario) => !runnable.includes(scenario))
    .map(({ id }) => ({ id, why: 'needs a small file system, which this process may not mount' }));
  for (const { id, why } of leftOut) say(`left out: ${id}: ${why}`);
  const hasModel = isModelConfigured(readModelVariables(process.env));
  if (options.approaches?.includes('model') === true && !hasModel) {
    command.error('error: no model is configured: set its variables, see docs/models.md');
  }
  const approaches = options.approaches ?? approachNames.filter((name) => name !== 'model' || hasModel);
  Object.assign(process.env, await findPrograms());
  await rm(transcripts, { recursive: true, force: true });
  const startedAt = new Date().toISOString();
  const from = performance.now();
  const machine = await describeMachine();
  const { trials, seed, concurrency } = options;
  const cells = await runSuite({ scenarios: runnable, approaches, trials, seed, concurrency, transcripts, say });
  const results: Results = {
    format: 1,
    startedAt,
    seconds: Math.round((performance.now() - from) / 1_000),
    seed,
    trials,
    machine,
    leftOut,
    approaches: scoreApproaches(runnable, cells, approaches),
    scenarios: toScenarioResults(runnable, cells),
  };
  await mkdir(dirname(options.out), { recursive: true });
  await writeFile(options.out, `${JSON.stringify(results, null, 2)}\n`);
  console.log(renderResults(results));
  const wrong = countOfHomeostat(results.approaches, 'wrongEffects');
  const broken = countOfHomeostat(results.approaches, 'broken');
  console.log(`\n${wrong} wrong effects by Homeostat, ${broken} of its trials without a verdict`);
  console.log(`written to ${options.out}, transcripts to ${transcripts}`);
  process.exitCode = wrong + broken > 0 ? 1 : 0;
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('must be a whole number from 1 on.');
  return count;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanUpAll().finally(() => process.exit(130)));
}

const ids = scenarios.map(({ id }) => id);
await new Command('eval')
  .description('Put real faults into real processes, and judge from outside who repairs them.')
  .option('--list', 'list the scenarios and end')
  .addOption(new Option('--only <id...>', 'these scenarios alone').choices(ids))
  .option('--trials <count>', 'how often each scenario is tried with each approach', toCount, 5)
  .option('--seed <number>', 'what names, ports and pauses come from', toCount, 1)
  .addOption(
    new Option('--approaches <name...>', 'these alone; all, and model where one is configured').choices([
      ...approachNames,
    ]),
  )
  .option('--concurrency <count>', 'trials at once of each approach', toCount, 10)
  .option('--out <file>', 'where the JSON goes', join(ROOT, 'eval', 'results', 'latest.json'))
  .action((options: Options, command: Command) => main(options, command))
  .parseAsync();
process.exit();
