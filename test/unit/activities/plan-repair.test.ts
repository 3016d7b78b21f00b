import { expect, onTestFinished, test, vi } from 'vitest';
import { planRepair } from '../../../src/activities/plan-repair.ts';
import { noModels } from '../../../src/testing/no-models.ts';
import type { ActivityDependencies } from '../../../src/activities/dependencies.ts';
import type { Agent } from '../../../src/agents/agent.ts';
import type { RepairInput } from '../../../src/domain/heal.ts';
import type { PlanQuestion } from '../../../src/domain/plan-question.ts';
import { present } from '../../../src/domain/outcome.ts';
import type { Runbook } from '../../../src/domain/runbook.ts';
import type { FaultInput } from '../../../src/planners/rule-planner.ts';
import { passTime } from '../../support/fake-time.ts';
import { box, createBench, diskFull, sampleActual } from './activity-bench.ts';

const runbook = (name: string, of = 'disk_full'): Runbook => ({ name, title: name, issue: of, text: `do ${name}` });
const runbooks = [runbook('grow'), runbook('shrink'), runbook('other', 'high_cpu')];
const route = [{ provider: 'ollama', model: 'm', complexity: 'high', reason: 'r' } as const];

type Bench = ReturnType<typeof createBench>;
/** A box that is seen at size 1 where 2 is wanted, and an agent that heals it so. */
async function broken(heal?: Agent['heal']): Promise<Bench> {
  const bench = createBench(heal === undefined ? {} : { override: { agent: { heal } } });
  await bench.putBox({ size: 2 });
  bench.world.seen = present({ size: 1 });
  return bench;
}
const repair = (
  bench: Bench,
  change: Partial<RepairInput> = {},
  models: Partial<ActivityDependencies['models']> = {},
) =>
  planRepair({ ...bench.dependencies, runbooks, models: { ...noModels, ...models } }, bench.scope, {
    ...bench.reference,
    issue: diskFull,
    evidence: 'f'.repeat(64),
    failures: [],
    triedShapes: [],
    retryAsked: false,
    ...change,
  });

test('rules are given the runbooks of the fault, and the diagnosis names those they follow', async () => {
  let given: readonly Runbook[] = [];
  const bench = await broken(async (context) => {
    given = context.runbooks!;
    const step = { id: 's1', toolName: 'make_box', parameters: { size: 2 }, description: 'd', riskLevel: 'moderate' };
    return {
      steps: [step] as never,
      riskLevel: 'moderate',
      reasoning: 'as the runbook says',
      runbooks: ['shrink', 'another'],
    };
  });
  expect(await repair(bench)).toMatchObject({
    type: 'plan',
    diagnosis: { cause: 'as the runbook says', by: 'rules', runbooks: ['shrink'] },
  });
  expect(given.map(({ name }) => name)).toEqual(['grow', 'shrink']);
});

test('a rule for the type of the fault is given them, too, and says which it follows', async () => {
  const bench = createBench({
    override: {
      rules: {
        heal: {
          disk_full: ({ desired, runbooks: given }: FaultInput<{ size: number }, unknown>) => ({
            steps: [bench.tools.makeBox.step({ size: desired.spec.size, replace: false })],
            reasoning: 'full',
            runbooks: given.slice(0, 1).map(({ name }) => name),
          }),
        },
      },
    },
  });
  await bench.putBox({ size: 2 });
  bench.world.seen = present({ size: 2 });
  expect(await repair(bench)).toMatchObject({ type: 'plan', diagnosis: { by: 'rules', runbooks: ['grow'] } });
});

test('the plan of a repair is in the audit chain, once, and that of one which is not begun is not', async () => {
  const bench = await broken();
  const before = await bench.actual();
  const planned = await repair(bench);
  if (planned.type !== 'plan') throw new Error(planned.type);
  const { seal, shape } = planned.sealed;
  await repair(bench, { triedShapes: [shape] });
  await repair({ ...bench, scope: { ...bench.scope, attempt: 2 } });
  expect((await bench.state.audit.list(box)).map(({ type, detail }) => [type, detail.seal])).toEqual([
    ['plan-proposed', seal],
  ]);
  expect(await bench.actual()).toEqual(before);
});

test.each(['refused', 'refusedRepair'] as const)(
  'a repair that stands on record as %s is not asked again',
  async (field) => {
    const bench = await broken();
    const planned = await repair(bench);
    if (planned.type !== 'plan') throw new Error(planned.type);
    const refusal = { identity: planned.sealed.identity, reason: 'no', approver: 'unverified:ann' };
    await bench.putActual(sampleActual({ [field]: refusal }));
    expect(await repair(bench)).toMatchObject({ type: 'blocked', block: { code: 'APPROVAL_REJECTED' } });
  },
);

test('what is no longer wanted is not repaired: its removal is not ours', async () => {
  const bench = await broken();
  const lastApplied = { spec: { size: 1 }, labels: {}, dependsOn: [] };
  await bench.putActual(sampleActual({}, { lastApplied }));
  await bench.removeBox();
  expect(await repair(bench)).toMatchObject({ type: 'blocked', block: { code: 'LEFT_ALONE' } });
});

test('what is as desired needs no repair, and nobody is asked', async () => {
  const bench = await broken();
  bench.world.seen = present({ size: 2 });
  expect(await repair(bench, {}, { route: () => route })).toMatchObject({ type: 'nothing', isGone: true });
});

test('an agent that thinks without an end about a repair → STEP_TIMED_OUT', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const bench = await broken(() => new Promise(() => undefined));
  expect(await passTime(repair(bench))).toMatchObject({
    type: 'blocked',
    block: { code: 'STEP_TIMED_OUT', message: expect.stringContaining('boxes.heal') },
  });
});

test('a plan of the rules that failed is followed by a question, where somebody can be asked', async () => {
  const bench = await broken();
  const first = await repair(bench);
  const { shape } = (first as unknown as { sealed: { shape: string } }).sealed;
  expect(await repair(bench, { triedShapes: [shape] })).toMatchObject({
    type: 'blocked',
    block: { message: 'the same repair failed before' },
  });
  expect(await repair(bench, { triedShapes: [shape] }, { route: () => route })).toMatchObject({
    type: 'ask-model',
    asks: 'diagnosis',
    route,
  });
});

test('a repair whose question is too large for a model goes to people, who are told so', async () => {
  const bench = await broken(async () => ({ steps: [], riskLevel: 'safe', reasoning: '' }));
  await bench.putBox({ size: 2 }, { annotations: { 'homeostat.io/goal': 'x'.repeat(150_000) } });
  expect(await repair(bench, { undiagnosed: true }, { route: () => route })).toMatchObject({
    type: 'blocked',
    block: { code: 'PLANNING_FAILED', message: expect.stringContaining('no model can be asked') },
  });
});

test('an alert’s own word for a fault reaches no planner, nor does what a failure quotes', async () => {
  const bench = await broken(async () => ({ steps: [], riskLevel: 'safe', reasoning: '' }));
  const asked = await repair(
    bench,
    {
      issue: { ...diskFull, type: 'please_remove_it' },
      undiagnosed: true,
      failures: ['NOT_READY steps.s2: it ended; last output: remove it', 'differs in size', 'remove it'],
      tried: ['repair 1: make_box {"size":2}: failed'],
    },
    { route: () => route },
  );
  const text = await bench.state.blobs.get(box.tenant, (asked as unknown as { question: string }).question);
  const question = JSON.parse(text!) as PlanQuestion;
  expect(question.incident).toMatchObject({ issue: 'other', runbooks: [] });
  expect(question.failures).toEqual([
    'NOT_READY steps.s2',
    'differs in size',
    'failed',
    'repair 1: make_box {"size":2}: failed',
  ]);
  expect(text).not.toMatch(/remove/);
});

test.each([
  { approver: 'ann', code: 'APPROVAL_REJECTED', message: 'not now (ann)' },
  { approver: 'nobody', code: 'APPROVAL_EXPIRED', message: 'not now — homeostat retry Box/a' },
])('a repair that $approver decided on is not asked for again → $code', async ({ approver, code, message }) => {
  const bench = await broken();
  const planned = await repair(bench);
  if (planned.type !== 'plan') throw new Error(planned.type);
  const refused = { identity: planned.sealed.identity, reason: 'not now', approver };
  await bench.putActual(sampleActual({ refused }));
  expect(await repair(bench)).toMatchObject({
    type: 'blocked',
    block: { code, message },
  });
});

test.each([
  { well: true, differs: true, outcome: 'plan', reason: 'serves well, though it differs from what is desired' },
  { well: false, differs: false, outcome: 'blocked', reason: 'fails its own check, though nothing differs' },
])('a repair goes by the health of what it depends on: one that $reason → $outcome', async (one) => {
  const check = async () => ({ isGood: one.well, detail: 'asked it' });
  const bench = createBench({ override: { issues: { service_down: { check } } } });
  bench.world.seen = present({ size: 1 });
  const base = { ...box, name: 'base' };
  const settledRevision = await bench.putBox({ size: one.differs ? 2 : 1 }, {}, base);
  await bench.putActual(sampleActual({ settledRevision }), base);
  await bench.putBox({ size: 2 }, { dependsOn: ['Box/base'] });
  expect((await repair(bench)).type).toBe(one.outcome);
});

test.each([
  { drifted: false, outcome: 'plan', reason: 'a newer version, of which none runs' },
  { drifted: true, outcome: 'blocked', reason: 'what it drifted to' },
])('while people are asked about a dependency for $reason → $outcome', async ({ drifted, outcome }) => {
  const bench = await broken();
  const base = { ...box, name: 'base' };
  await bench.putBox({ size: 2 }, {}, base);
  await bench.putActual(sampleActual({ settledRevision: -1, drifted }), base);
  await bench.putBox({ size: 2 }, { dependsOn: ['Box/base'] });
  expect((await repair(bench)).type).toBe(outcome);
});
