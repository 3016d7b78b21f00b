import { expect, test } from 'vitest';
import type { Said } from '../../../eval/approaches/approach.ts';
import type { Verdict } from '../../../eval/oracle/verdict.ts';
import { countOfHomeostat, scoreApproaches } from '../../../eval/results.ts';
import { scenarios } from '../../../eval/scenarios/all.ts';
import { scoreCells, scoreTrial, type BrokenTrial, type Cell, type TrialResult } from '../../../eval/score.ts';

const scenarioOf = (id: string) => scenarios.find((scenario) => scenario.id === id)!;
const services = [
  { role: 'web', name: 'web-a' },
  { role: 'db', name: 'db-a' },
] as const;
const repaired: Verdict = { faultSeen: true, repaired: true, seconds: 4, effects: [], seen: [] };
const effect = { at: 0, service: 'web-a', what: 'was started' };
const said = (service: string, says: string, proven = true): Said => ({
  findings: [{ service, says: [says], proven }],
  provesRepairs: true,
  modelCalls: 0,
  tokens: 0,
  transcript: '',
});

test('a fault is located by whoever names the culprit with what is wrong, not who asks it', () => {
  const hung = scenarioOf('dependency-hung');
  expect(scoreTrial(hung, services, repaired, said('db-a', 'differs in ready'))).toMatchObject({ located: true });
  expect(scoreTrial(hung, services, repaired, said('db-a', 'something'))).toMatchObject({ located: false });
  expect(scoreTrial(hung, services, repaired, said('web-a', 'differs in ready'))).toMatchObject({
    detected: true,
    located: false,
    proven: false,
  });
});

test('of two faults both must be located', () => {
  const both = scenarioOf('two-services');
  expect(scoreTrial(both, services, repaired, said('web-a', 'config'))).toMatchObject({ located: false });
  const findings = [...said('web-a', 'config').findings, ...said('db-a', 'start_instance').findings];
  expect(scoreTrial(both, services, repaired, { ...said('', ''), findings })).toMatchObject({ located: true });
});

test('who says that it is over where the oracle sees that it is not has proven falsely', () => {
  const { seconds: _, ...broken } = { ...repaired, repaired: false };
  expect(scoreTrial(scenarioOf('killed'), services, broken, said('web-a', 'start'))).toMatchObject({
    proven: true,
    repaired: false,
    falselyProven: true,
  });
});

test('who calls an alert false where the oracle sees the fault has proven falsely, too', () => {
  const { seconds: _, ...broken } = { ...repaired, repaired: false };
  const dismissed: Said = { findings: [], provesRepairs: true, saysWell: ['web-a'], transcript: '' };
  const killed = scenarioOf('killed');
  expect(scoreTrial(killed, services, broken, dismissed)).toMatchObject({ detected: false, falselyProven: true });
  expect(scoreTrial(killed, services, broken, { ...dismissed, saysWell: ['db-a'] }).falselyProven).toBe(false);
  expect(scoreTrial(killed, services, repaired, dismissed).falselyProven).toBe(false);
});

test('who proves nothing has no opinion, which is not a no', () => {
  const result = scoreTrial(scenarioOf('killed'), services, repaired, { ...said('', ''), provesRepairs: false });
  expect(result).not.toHaveProperty('proven');
});

test('a fault that nobody saw and nobody did anything against was never put in, which is no repair', () => {
  const unseen = { ...repaired, faultSeen: false };
  expect(() => scoreTrial(scenarioOf('leaking'), services, unseen, said('', ''))).toThrow('never took');
  const quick = { ...unseen, effects: [effect] };
  expect(scoreTrial(scenarioOf('killed'), services, quick, said('', ''))).toMatchObject({ repaired: true });
  expect(scoreTrial(scenarioOf('quiet'), services, unseen, said('', ''))).toMatchObject({ repaired: true });
});

test('a control is left alone when nothing at all was done', () => {
  const control = scenarioOf('false-alert');
  expect(scoreTrial(control, services, repaired, said('', ''))).toMatchObject({ repaired: true });
  const touched = { ...repaired, effects: [{ ...effect, wrong: 'nothing was wrong' }] };
  expect(scoreTrial(control, services, touched, said('', ''))).toMatchObject({
    repaired: false,
    wrongEffects: [{ service: 'web-a' }],
  });
});

const trial = (more: Partial<TrialResult> = {}): TrialResult => ({
  detected: true,
  located: true,
  repaired: true,
  seconds: 4,
  falselyProven: false,
  faultSeen: true,
  effects: 1,
  wrongEffects: [],
  ...more,
});
const unjudged = (more: Partial<BrokenTrial> = {}): BrokenTrial => ({
  why: 'no verdict',
  effects: 0,
  wrongEffects: [],
  ...more,
});
const cell = (scenario: string, trials: readonly TrialResult[], broken: readonly BrokenTrial[] = []): Cell => ({
  scenario,
  approach: 'rules',
  trials,
  broken,
});

test('the mean is over trials, all-of-n over scenarios; a trial without a verdict is not repaired', () => {
  const cells = [
    cell('killed', [trial(), trial()]),
    cell('hung', [trial({ seconds: 9 }), trial({ repaired: false })]),
    cell('drained', [trial()], [unjudged()]),
  ];
  expect(scoreCells(cells)).toMatchObject({
    trials: 6,
    broken: 1,
    repaired: 4 / 6,
    repairedEachTime: 1 / 3,
    seconds: 4,
    effects: 5,
  });
});

test('what nobody said is undefined, not nothing', () => {
  expect(scoreCells([cell('killed', [trial()])])).toMatchObject({ proven: undefined, modelCalls: undefined });
});

test('wrong effects by Homeostat count in faults and in controls, those of others do not', () => {
  const wrong = trial({ wrongEffects: [{ ...effect, wrong: 'nothing was wrong' }] });
  const cells = [
    cell('killed', [wrong]),
    cell('quiet', [wrong, wrong]),
    { ...cell('killed', [wrong]), approach: 'restart' as const },
  ];
  expect(countOfHomeostat(scoreApproaches(scenarios, cells, ['restart', 'rules']), 'wrongEffects')).toBe(3);
});

test('a trial of Homeostat without a verdict is told of, and what was done wrong in it counts', () => {
  const done = unjudged({ effects: 2, wrongEffects: [{ ...effect, wrong: 'nothing was wrong' }] });
  const cells = [
    cell('killed', [trial()], [unjudged()]),
    cell('quiet', [], [done]),
    { ...cell('quiet', [], [unjudged()]), approach: 'restart' as const },
  ];
  const scores = scoreApproaches(scenarios, cells, ['restart', 'rules']);
  expect(scores.rules?.controls).toMatchObject({ effects: 2, wrongEffects: 1 });
  expect(countOfHomeostat(scores, 'wrongEffects')).toBe(1);
  expect(countOfHomeostat(scores, 'broken')).toBe(2);
});
