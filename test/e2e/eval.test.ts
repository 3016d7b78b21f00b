import { expect, test } from 'vitest';
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
