import { expect } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import type { FaultBed } from './fault-bed.ts';
import { widgetKey } from './test-bed.ts';
import type { TestRuntime } from './test-runtime.ts';

/** Two plans of two steps: one held after its first effect and before that one's receipt, the other before its first step. */
export interface TwoPlansHeld {
  readonly done: ResourceKey;
  readonly ahead: ResourceKey;
  readonly runtime: TestRuntime;
}

export async function holdTwoPlans(bed: FaultBed): Promise<TwoPlansHeld> {
  const [done, ahead] = [widgetKey('done'), widgetKey('ahead')] as const;
  const runtime = await bed.start({
    gate: [
      { name: 'after-effect', passing: 1, on: externalNameOf(done) },
      { name: 'begin-executeStep', passing: 1, on: externalNameOf(ahead) },
    ],
  });
  await bed.putMany([done, ahead].map(({ name }) => ({ name, spec: { size: 1, steps: 2 } })));
  await runtime.gateReached();
  return { done, ahead, runtime };
}

/** What is to hold for as long as nothing can be put on record: nothing new was begun. */
export function expectNothingBegun(bed: FaultBed, { done, ahead }: TwoPlansHeld): void {
  expect(bed.effectsOn(done)).toHaveLength(1);
  expect(bed.effectsOn(ahead)).toEqual([]);
}

/** What is to come once it can: each step has happened once, and the receipt was tried again, not its step. */
export async function expectBothCarriedOut(
  bed: FaultBed,
  { done, ahead }: TwoPlansHeld,
  withinMs?: number,
): Promise<void> {
  for (const key of [done, ahead]) {
    await bed.running(key, withinMs);
    expect(bed.effectsOn(key)).toHaveLength(2);
  }
  const entries = (await bed.servers.state.ledger.list(done)).map(({ entry }) => entry);
  expect(entries).toMatchObject([{ state: 'done', attempt: 1 }, { state: 'done' }]);
  expect(bed.effects.refused()).toEqual([]);
}
