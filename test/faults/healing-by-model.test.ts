import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import type { SealedStep } from '../../src/domain/plan.ts';
import { sealOf, stepDigestOf } from '../../src/domain/sealed-plan.ts';
import { createDecisionDoor } from '../../src/starters/decision-door.ts';
import { createTemporalRunMessages } from '../../src/starters/temporal-run-messages.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { createFakeOllama, ollamaModel } from '../support/fake-ollama.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import type { GateName } from '../support/gates.ts';
import { reportIssue } from '../support/report-issue.ts';
import { widgetKey } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * A runtime killed while models are asked for what no rule knows, a repair or a change: nobody is asked twice for what
 * was answered.
 */
let bed: FaultBed;
const fake = createFakeOllama();
beforeAll(async () => {
  await fake.start();
  fake.answerBy((said) => (said.includes('# Evidence e1') ? diagnose(said) : nextPlan()));
  bed = await startFaultBed();
});
afterAll(async () => {
  await bed?.stop();
  await fake.stop();
});

const diagnose = (said: string) => ({
  statements: [{ finding: 'changed_by_hand', cites: ['e1'] }],
  cause: 'changed_by_hand',
  component: /Widget\/[a-z0-9-]+/.exec(said)![0],
  confidence: 'high',
});
let plans = 0;
/** No two are alike: each prepares a part of its own. */
const nextPlan = () => {
  plans += 1;
  return {
    reasoning: 'it must be of this size',
    steps: [
      { toolName: 'prepare_widget', parameters: { part: plans }, description: 'prepare it', riskLevel: 'moderate' },
      { toolName: 'put_widget', parameters: { size: 950 }, description: 'put it there', riskLevel: 'moderate' },
    ],
  };
};

/** The first question is what the evidence shows, the second the plan. */
const cases: readonly { readonly gate: GateName; readonly passing: number }[] = [
  ...([1, 2] as const).flatMap((passing) => [
    { gate: 'begin-askModel' as const, passing },
    { gate: 'end-askModel' as const, passing },
  ]),
  { gate: 'end-planRepair', passing: 2 },
  { gate: 'end-planRepair', passing: 3 },
];
/** A change asks once. Its third planning, after the one that made the widget and the one that asked, has the answer. */
const proposals: typeof cases = [
  { gate: 'end-askModel', passing: 1 },
  { gate: 'end-observeAndPlan', passing: 3 },
];
const nameOf = ({ gate, passing }: (typeof cases)[number]) => `${gate}-${passing}`.toLowerCase();
const nameOfProposal = (one: (typeof cases)[number]) => `proposed-${nameOf(one)}`;
const requestsAbout = ({ name }: ResourceKey) =>
  fake.requests.filter(({ body }) => new RegExp(`(?<!-)${name}\\b(?!-)`).test(JSON.stringify(body)));

describe('a runtime killed while models are asked is followed by one that goes on', () => {
  beforeAll(async () => {
    const environment = {
      HOMEOSTAT_OLLAMA_BASE_URL: fake.origin,
      HOMEOSTAT_OLLAMA_LOW: ollamaModel,
      HOMEOSTAT_OLLAMA_HIGH: ollamaModel,
      HOMEOSTAT_OLLAMA_CONCURRENCY: '10',
    };
    const toGate = (name: string, { gate, passing }: (typeof cases)[number]) => ({
      name: gate,
      passing,
      on: externalNameOf(widgetKey(name)),
    });
    const gate = [
      ...cases.map((one) => toGate(nameOf(one), one)),
      ...proposals.map((one) => toGate(nameOfProposal(one), one)),
    ];
    const doomed = await bed.start({ gate, environment });
    // Rules make it of any size, and change none to this one.
    const keys = await Promise.all(cases.map((one) => bed.put(nameOf(one), { size: 950 })));
    const changed = await Promise.all(proposals.map((one) => bed.put(nameOfProposal(one), { size: 1 })));
    for (const key of [...keys, ...changed]) {
      await bed.running(key);
      const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
      await waitFor('its run to end', async () => (await handle.describe()).status.name !== 'RUNNING');
    }
    for (const key of keys) {
      await bed.effects.meddle(externalNameOf(key), 'put', { size: 99 });
      await reportIssue(bed.servers.client, key);
    }
    const annotations = { 'homeostat.io/mode': 'propose' };
    await bed.putMany(changed.map(({ name }) => ({ name, spec: { size: 950 }, annotations })));
    await doomed.gateReached();
    await doomed.kill();
    await bed.start({ environment });
  }, 90_000);

  test.each(cases)('$gate, passing $passing', async (one) => {
    const key = widgetKey(nameOf(one));
    const incident = await closedIncident(bed.servers.state.incidents, key);
    expect(incident).toMatchObject({ state: 'resolved', attempts: [{ by: 'model', model: `ollama ${ollamaModel}` }] });
    expect(bed.effectsOn(key).flatMap(({ value }) => value?.size ?? [])).toEqual([950, 950]);
    expect(bed.effectsOn(key)).toHaveLength(3);
    expect(requestsAbout(key)).toHaveLength(2);
    const calls = (await bed.servers.state.audit.list(key)).filter(({ type }) => type === 'model-asked');
    expect(calls.map(({ detail }) => detail.asks)).toEqual(['diagnosis', undefined]);
  });

  test.each(proposals)(
    'row 37: $gate: only the plan that is on record can be approved, and is carried out',
    async (one) => {
      const key = widgetKey(nameOfProposal(one));
      await bed.condition(key, 'AwaitingApproval');
      const { approvals } = bed.servers.state;
      const requests = (await approvals.list(key.tenant)).filter(({ resource }) => resource.name === key.name);
      expect(requests).toHaveLength(1);
      expect(requestsAbout(key)).toHaveLength(1);
      const { seal, content, plan } = requests[0]!;
      const sealWithPart = (part: number) => {
        const [prepare, ...others] = plan.steps as [SealedStep, ...SealedStep[]];
        const steps = [{ ...prepare, parameters: { part } }, ...others];
        return sealOf({ ...content, stepDigests: steps.map(stepDigestOf) });
      };
      const part = plan.steps[0]!.parameters.part as number;
      expect(sealWithPart(part)).toBe(seal);
      const { client, state } = bed.servers;
      const door = createDecisionDoor({
        state,
        messages: createTemporalRunMessages({ client, close: () => Promise.resolve() }),
      });
      const approve = (which: string) =>
        door.decide({ resource: key, seal: which, verdict: 'approved', approver: 'ann' });
      await expect(approve(sealWithPart(part + 1))).rejects.toMatchObject({ code: 'SEAL_MISMATCH' });
      await approve(seal);
      await bed.running(key);
      const name = externalNameOf(key);
      expect(bed.effectsOn(key).map(({ object }) => object)).toEqual([name, `${name}-part-${part}`, name]);
    },
  );

  test('what every fault must leave whole is whole with all of them', () =>
    bed.checkOracle(...[...cases.map(nameOf), ...proposals.map(nameOfProposal)].map((name) => widgetKey(name))));
});
