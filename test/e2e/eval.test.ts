import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createNothing } from '../../eval/approaches/nothing.ts';
import { attemptTrial } from '../../eval/attempt-trial.ts';
import { runSuite } from '../../eval/run-suite.ts';
import { scenarios } from '../../eval/scenarios/all.ts';

/** The scenario suite itself, small: its faults are real, its oracle sees them, and Homeostat is told from nothing. */
test(
  'an edit by hand and a frozen process are repaired for all to see, a false alert touches nothing',
  { timeout: 240_000 },
  async () => {
    const chosen = ['config-edited', 'hung', 'false-alert'];
    const lines: string[] = [];
    const cells = await runSuite({
      scenarios: scenarios
        .filter(({ id }) => chosen.includes(id))
        .map((scenario) => (scenario.type === 'control' ? { ...scenario, lookedAtFor: 15 } : scenario)),
      approaches: ['rules'],
      trials: 1,
      seed: 7,
      concurrency: 3,
      say: (line) => void lines.push(line),
    });
    const results = Object.fromEntries(cells.map(({ scenario, trials: [trial] }) => [scenario, trial]));
    const repair = { faultSeen: true, detected: true, located: true, repaired: true, proven: true, wrongEffects: [] };
    expect(results, lines.join('\n')).toMatchObject({
      'config-edited': { ...repair, effects: 2 },
      hung: { ...repair, effects: 1 },
      'false-alert': { repaired: true, effects: 0, wrongEffects: [] },
    });
  },
);

test('where nobody repairs, nothing is repaired, and nobody says so', { timeout: 60_000 }, async () => {
  const [killed] = scenarios.filter(({ id }) => id === 'killed');
  const cells = await runSuite({
    scenarios: [{ ...killed!, within: 6 } as typeof killed & object],
    approaches: ['nothing'],
    trials: 1,
    seed: 7,
    concurrency: 1,
    say: () => undefined,
  });
  expect(cells).toMatchObject([
    { broken: [], trials: [{ faultSeen: true, repaired: false, detected: false, effects: 0 }] },
  ]);
});

test('what was done wrong in a trial that breaks afterwards is kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-eval-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // Its service is stopped: none has to be started.
  const scenario = scenarios.find(({ id }) => id === 'stopped-on-purpose')!;
  const approach = {
    ...createNothing(folder),
    report: async ({ ordersFile }: { readonly ordersFile: string }) => {
      appendFileSync(ordersFile, 'an order that nobody gave\n');
      throw new Error('the store does not answer');
    },
  };
  const lines: string[] = [];
  const outcome = await attemptTrial({ scenario, approach, seed: 7, number: 1, folder }, (line) => lines.push(line));
  expect(outcome).toEqual({
    broken: {
      why: 'Error: the store does not answer',
      effects: 1,
      wrongEffects: [expect.objectContaining({ what: 'its orders were changed', wrong: 'customers lose data' })],
    },
  });
  expect(lines).toEqual([expect.stringContaining('nothing stopped-on-purpose 1: Error: the store does not answer')]);
});
