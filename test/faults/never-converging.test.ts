import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Faults row 46: resources that never get there, each for another reason. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterAll(() => bed?.stop());

const firstMs = 500;
const longestMs = 2_000;
/** Half a second, one, two and two again. */
const watchedMs = 6_500;
const leastPauseAfter = (round: number) => Math.min(longestMs, firstMs * 2 ** round);
/** Rounds there is time for, if each pause is as short as it may be. */
function mostRoundsIn(ms: number): number {
  let rounds = 1;
  for (let spent = leastPauseAfter(0); spent <= ms; spent += leastPauseAfter(rounds)) rounds += 1;
  return rounds;
}

const faults = [
  { name: 'refused', behaviour: { refuse: true }, says: 'EFFECT_REFUSED', asksARound: 1 },
  // A tool may fail twice before its step is given up.
  { name: 'failing', behaviour: { failBefore: true }, says: 'TOOL_FAILED', asksARound: 3 },
  { name: 'forgotten', behaviour: { forget: true }, says: 'still to create', asksARound: 1 },
];

/** When the target was asked to do something for a resource, whether it did or not: by the plan, in order. */
function roundsOf(key: ResourceKey): readonly (readonly number[])[] {
  const rounds = new Map<string, number[]>();
  const asked = [...bed.effects.effects(), ...bed.effects.declined()].filter(
    ({ object }) => object === externalNameOf(key),
  );
  for (const { at, key: by } of asked) rounds.set(by.slice(0, 64), [...(rounds.get(by.slice(0, 64)) ?? []), at]);
  return [...rounds.values()].toSorted(([left], [right]) => left! - right!);
}

/** From the last call of one round to the first of the next. */
const pausesOf = (rounds: readonly (readonly number[])[]) =>
  rounds.slice(1).map(([first], index) => first! - rounds[index]!.at(-1)!);

test('row 46: what never converges is blocked, says why, and is tried ever more slowly; others are not held up', async () => {
  await bed.start({
    environment: { HOMEOSTAT_RETRY_FIRST: `${firstMs}ms`, HOMEOSTAT_RETRY_LONGEST: `${longestMs}ms` },
  });
  for (const { name, behaviour } of faults) await bed.effects.setBehaviour(behaviour, `default.widget.${name}`);
  const keys = await bed.putMany(faults.map(({ name }) => ({ name, spec: { size: 4 } })));
  const beganAt = Date.now();
  const usual = await bed.put('usual', { size: 1 });
  await bed.running(usual);
  for (const [index, { says }] of faults.entries())
    expect(await bed.condition(keys[index]!, 'Blocked', 'NOT_CONVERGED')).toContain(says);
  await sleep(beganAt + watchedMs - Date.now());
  const again = () => keys.every((key) => roundsOf(key).length > 1);
  await waitFor('each to be tried again', again, 40_000);

  for (const [index, { name, asksARound }] of faults.entries()) {
    const rounds = roundsOf(keys[index]!);
    expect(rounds.length, name).toBeLessThanOrEqual(mostRoundsIn(Date.now() - beganAt));
    expect(Math.max(...rounds.map((calls) => calls.length)), name).toBe(asksARound);
    for (const [round, pause] of pausesOf(rounds).entries())
      expect(pause, name).toBeGreaterThan(leastPauseAfter(round));
    const status = await bed.status(keys[index]!);
    expect(status, name).toMatchObject({ state: expect.stringMatching(/Error|Creating/) as string });
    expect(status!.failures, name).toBeGreaterThanOrEqual(rounds.length - 1);
    expect(await bed.runsOf(keys[index]!), name).toBeLessThanOrEqual(rounds.length + 1);
  }
  expect(roundsOf(usual)).toHaveLength(1);

  for (const { name } of faults) await bed.effects.setBehaviour({}, `default.widget.${name}`);
  for (const key of keys) await bed.running(key);
  for (const key of keys) expect(await bed.status(key)).toMatchObject({ failures: 0 });
  await bed.checkOracle(...keys, usual);
});
