import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { widgetKey } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Effects on a target that keeps no keys and cannot be asked: a person is, and nothing is done twice. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed('plain');
});
afterAll(() => bed?.stop());

async function resolve(key: ResourceKey, choice: 'adopt' | 'redo'): Promise<void> {
  const [open] = await bed.servers.state.ledger.listOpen(key);
  await bed.signal(key, 'resolve', { seal: open!.entry.seal, step: open!.entry.step, choice, approver: 'ann' });
}

describe('a runtime killed at a line', () => {
  const lines = ['before-effect', 'after-effect', 'before-report'] as const;
  beforeAll(async () => {
    const doomed = await bed.start({
      gate: lines.map((name) => ({ name, passing: 1, on: externalNameOf(widgetKey(name)) })),
    });
    await Promise.all(lines.map((name) => bed.put(name, { size: 2 })));
    await doomed.gateReached();
    await doomed.kill();
    await bed.start({ stepTimeoutMs: 1_500 });
  });

  test('row 1, plain: before the effect: a person is asked, says redo, and it happens once', async () => {
    const key = widgetKey('before-effect');
    await bed.condition(key, 'Blocked', 'OUTCOME_UNKNOWN');
    await bed.checkOracle(key);
    expect(bed.effectsOn(key)).toEqual([]);
    await resolve(key, 'redo');
    await bed.running(key);
    expect(bed.effectsOn(key)).toHaveLength(1);
    await bed.checkOracle(key);
  });

  test('row 2, plain: after the effect: a person is asked, says adopt, and it is not repeated', async () => {
    const key = widgetKey('after-effect');
    await bed.condition(key, 'Blocked', 'OUTCOME_UNKNOWN');
    await bed.checkOracle(key);
    await resolve(key, 'adopt');
    await bed.running(key);
    expect(bed.effectsOn(key)).toHaveLength(1);
    await bed.checkOracle(key);
  });

  test('row 2, plain: after the receipt: nobody is asked, because the ledger knows', async () => {
    const key = widgetKey('before-report');
    await bed.running(key);
    expect(bed.effectsOn(key)).toHaveLength(1);
    const audit = await bed.servers.state.audit.list(key);
    expect(audit.map(({ type }) => type)).not.toContain('outcome-unknown');
    await bed.checkOracle(key);
  });
});

test.each([
  { row: 32, fault: 'a tool that ends after its time-out', behaviour: { delayMs: 2_500 } },
  { row: 33, fault: 'a tool that fails after its effect', behaviour: { failAfter: true } },
])('row $row, plain: $fault ends in a question, is not repeated, and adopt goes on from there', async (one) => {
  await bed.effects.setBehaviour(one.behaviour);
  const key = await bed.put(`row-${one.row}`, { size: 3 });
  await bed.condition(key, 'Blocked', 'OUTCOME_UNKNOWN');
  await waitFor('the effect', () => bed.effectsOn(key).length === 1);
  await bed.effects.setBehaviour({ delayMs: 0, failAfter: false });
  await bed.checkOracle(key);
  await resolve(key, 'adopt');
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(1);
  await bed.checkOracle(key);
});
