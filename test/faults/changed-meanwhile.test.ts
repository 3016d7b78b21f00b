import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { externalNameOf } from '../../src/domain/kind.ts';
import type { Decision } from '../../src/domain/approval.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { gateNames } from '../support/gates.ts';
import { createRandom, listSeeds, shuffle, sizeOf } from '../support/seeds.ts';
import { widgetKey } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Fault row 29: desired changes while a plan for what it was is under way, or waits for a person. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterEach(() => bed.killRuntimes());
afterAll(() => bed?.stop());

async function requestOf(key: ResourceKey) {
  await bed.condition(key, 'AwaitingApproval');
  const pending = await bed.servers.state.approvals.list(key.tenant, 'pending');
  return pending.find(({ resource }) => resource.name === key.name)!;
}

const requestState = async (seal: string) => (await bed.servers.state.approvals.get('default', seal))?.state;

test.each(gateNames)(
  'row 29: desired changed during execution (%s of step 2 of 5) stops the plan before its next effect',
  async (gate) => {
    const key = widgetKey(`overtaken-${gate}`);
    const runtime = await bed.start({ gate: { name: gate, passing: 2 } });
    await bed.put(key.name, { size: 1, steps: 5 });
    await runtime.gateReached();
    await bed.put(key.name, { size: 9 });
    runtime.openGate();
    await bed.running(key);
    const object = externalNameOf(key);
    expect(bed.effectsOn(key).map((effect) => effect.object)).toEqual([`${object}-part-1`, `${object}-part-2`, object]);
    expect(bed.effectsOn(key).at(-1)?.value).toEqual({ size: 9 });
    const audit = await bed.servers.state.audit.list(key);
    expect(audit.filter(({ type }) => type === 'step-end')).toHaveLength(3);
    await bed.checkOracle(key);
  },
);

test('row 29: desired deleted during execution: what was made is removed again, when a person allows it', async () => {
  const runtime = await bed.start({ gate: { name: 'after-effect', passing: 1 } });
  const key = await bed.put('unwanted', { size: 1 });
  await runtime.gateReached();
  await bed.remove(key);
  runtime.openGate();
  const { seal } = await requestOf(key);
  expect(bed.effectsOn(key)).toHaveLength(1);
  await bed.signal(key, 'approve', { seal, approver: 'ann' });
  await bed.gone(key);
  await bed.checkOracle(key);
});

test('row 29: desired changed during approval voids the question, and a late yes removes nothing', async () => {
  await bed.start();
  const key = await bed.put('kept', { size: 1 });
  await bed.running(key);
  await bed.remove(key);
  const { seal } = await requestOf(key);
  await bed.put('kept', { size: 2 });
  await waitFor('the question to be void', async () => (await requestState(seal)) === 'superseded');
  await bed.signal(key, 'approve', { seal, approver: 'ann' }).catch(() => undefined);
  await bed.running(key);
  expect(await requestState(seal)).toBe('superseded');
  expect(bed.effectsOn(key).map(({ action }) => action)).toEqual(['put', 'put']);
  await bed.checkOracle(key);
});

test.each(listSeeds(sizeOf({ atCommit: 1, beforeRelease: listSeeds().length })))(
  'row 29: desired and a yes change at the same moment (seed %i): the newest desired is what stands in the end',
  async (seed) => {
    const random = createRandom(seed);
    await bed.start();
    const keys = await Promise.all([1, 2, 3, 4].map((index) => bed.put(`racing-${seed}-${index}`, { size: 1 })));
    for (const key of keys) await bed.running(key);
    for (const key of keys) await bed.remove(key);
    for (const key of keys) {
      const { seal } = await requestOf(key);
      const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
      const decision = { seal, verdict: 'approved', approver: 'bob' };
      const moves = [
        () => bed.put(key.name, { size: 7 }),
        () => bed.signal(key, 'approve', { seal, approver: 'ann' }).catch(() => undefined),
        () => handle.executeUpdate<Decision, [object]>('decide', { args: [decision] }).catch(() => undefined),
      ];
      await Promise.all(shuffle(moves, random).map((move) => move()));
    }
    for (const key of keys) await bed.running(key);
    await bed.checkOracle(...keys);
  },
);
