import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, shuffle } from '../test/support/seeds.ts';
import type { Approach, ApproachName } from './approaches/approach.ts';
import { createHomeostat } from './approaches/homeostat.ts';
import { readModelVariables } from './approaches/model-environment.ts';
import { createNothing } from './approaches/nothing.ts';
import { createRestart } from './approaches/restart.ts';
import { attemptTrial, type Outcome } from './attempt-trial.ts';
import type { Trial } from './run-trial.ts';
import type { Scenario } from './scenario.ts';
import type { Cell, TrialResult } from './score.ts';
import { cleanUpAll, noteCleanUp } from './stage/clean-up.ts';

export interface SuiteOptions {
  readonly scenarios: readonly Scenario[];
  readonly approaches: readonly ApproachName[];
  readonly trials: number;
  readonly seed: number;
  /** Trials at once of one approach; each approach has its own. */
  readonly concurrency: number;
  /** A transcript a trial goes below it. */
  readonly transcripts?: string;
  /** Tells a person what goes on. */
  readonly say: (line: string) => void;
}

const startEveryMs = 1_500;

interface Job {
  readonly scenario: Scenario;
  readonly approach: Approach;
  readonly number: number;
}

/** Runs each scenario with each approach so many times, all approaches side by side, so that each has the same machine. */
export async function runSuite(options: SuiteOptions): Promise<readonly Cell[]> {
  const { scenarios, trials, seed, concurrency, say } = options;
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-eval-'));
  noteCleanUp('place', () => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const approaches: Approach[] = [];
  const outcomes = new Map<Job, Outcome>();
  try {
    for (const name of options.approaches) {
      const approach = await startApproach(name, join(folder, name));
      approaches.push(approach);
      noteCleanUp('keeper', () => approach.stop());
    }
    const total = approaches.length * scenarios.length * trials;
    const runJob = async (job: Job) => {
      const outcome = await attemptTrial(toTrial(job, options, folder), say);
      outcomes.set(job, outcome);
      say(`${outcomes.size}/${total} ${job.approach.name} ${job.scenario.id} ${job.number}: ${tell(job, outcome)}`);
    };
    await Promise.all(
      approaches.map(async (approach) => {
        const jobs = scenarios.flatMap((scenario) =>
          Array.from({ length: trials }, (_, index): Job => ({ scenario, approach, number: index + 1 })),
        );
        const waiting = [...shuffle(jobs, createRandom(seed))];
        const lane = async (_: unknown, index: number) => {
          // All at once would be more than a small machine can start.
          await sleep(index * startEveryMs);
          for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await runJob(job);
        };
        await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }).map(lane));
      }),
    );
  } finally {
    await cleanUpAll();
  }
  return approaches.flatMap(({ name }) =>
    scenarios.map(({ id }) => {
      const mine = [...outcomes]
        .filter(([job]) => job.approach.name === name && job.scenario.id === id)
        .toSorted(([left], [right]) => left.number - right.number)
        .map(([, outcome]) => outcome);
      return {
        scenario: id,
        approach: name,
        trials: mine.flatMap((outcome) => ('result' in outcome ? [outcome.result] : [])),
        broken: mine.flatMap((outcome) => ('broken' in outcome ? [outcome.broken] : [])),
      };
    }),
  );
}

async function startApproach(name: ApproachName, folder: string): Promise<Approach> {
  switch (name) {
    case 'nothing':
      return createNothing(folder);
    case 'restart':
      return createRestart(folder);
    case 'rules':
      return createHomeostat(name, {});
    case 'model':
      return createHomeostat(name, readModelVariables(process.env));
  }
}

function toTrial({ scenario, approach, number }: Job, { seed, transcripts }: SuiteOptions, folder: string): Trial {
  const name = join(approach.name, `${scenario.id}-${number}`);
  return {
    scenario,
    approach,
    seed,
    number,
    folder: join(folder, 'trials', name),
    ...(transcripts === undefined ? {} : { transcript: join(transcripts, `${name}.json`) }),
  };
}

function tell({ scenario }: Job, outcome: Outcome): string {
  const { wrongEffects } = 'broken' in outcome ? outcome.broken : outcome.result;
  return [
    ...('broken' in outcome ? ['came to no verdict'] : tellResult(scenario, outcome.result)),
    ...wrongEffects.map(({ service, what, wrong }) => `WRONG: ${service} ${what}: ${wrong}`),
  ].join(', ');
}

function tellResult({ type }: Scenario, { repaired, seconds }: TrialResult): string[] {
  const good = type === 'control' ? 'left alone' : 'repaired';
  return [repaired ? good : `not ${good}`, ...(seconds === undefined ? [] : [`in ${seconds} s`])];
}
