import { expect, test } from 'vitest';
import { scenarios } from '../../../eval/scenarios/all.ts';

const faults = scenarios.filter((scenario) => scenario.type === 'fault');
const controls = scenarios.filter((scenario) => scenario.type === 'control');

test('there are at least 24 faults, and a restart does not do for at least half of them', () => {
  expect(faults.length).toBeGreaterThanOrEqual(24);
  const beyond = faults.filter(({ restartWouldDo }) => !restartWouldDo);
  expect(beyond.length).toBeGreaterThanOrEqual(faults.length / 2);
});

test('at least a quarter of all are controls', () => {
  expect(controls.length).toBeGreaterThanOrEqual(scenarios.length / 4);
});

test('ids are unique', () => {
  expect(new Set(scenarios.map(({ id }) => id)).size).toBe(scenarios.length);
});

test.each(scenarios)('$id speaks of its own services alone', (scenario) => {
  const roles = scenario.services.map(({ role }) => role);
  const named = [
    ...scenario.put.map(({ to }) => to),
    ...scenario.alerts.map(({ names }) => names),
    ...scenario.services.flatMap(({ asks }) => asks ?? []),
    ...(scenario.type === 'fault' ? scenario.located.map(({ role }) => role) : []),
  ];
  expect(roles).toEqual(expect.arrayContaining([...new Set(named)]));
});

test.each(faults)('$id puts something in, and says where it is to be found', ({ put, located }) => {
  expect(put).not.toEqual([]);
  expect(located.map(({ role }) => role)).toEqual(expect.arrayContaining([...new Set(put.map(({ to }) => to))]));
});
