import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { createFakeOllama, ollamaModel } from '../support/fake-ollama.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import type { GateName } from '../support/gates.ts';
import { reportIssue } from '../support/report-issue.ts';
import { widgetKey } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** A runtime killed while models are asked for a repair that no rule knows: nobody is asked twice for what was answered. */
let bed: FaultBed;
const fake = createFakeOllama();
beforeAll(async () => {
  await fake.start();
  fake.answerBy((said) => (said.includes('# Evidence e1') ? diagnose(said) : plan));
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
const plan = {
  reasoning: 'it must be put back',
  steps: [{ toolName: 'put_widget', parameters: { size: 950 }, description: 'put it back', riskLevel: 'moderate' }],
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
const nameOf = ({ gate, passing }: (typeof cases)[number]) => `${gate}-${passing}`.toLowerCase();

describe('a runtime killed while models are asked is followed by one that goes on', () => {
  beforeAll(async () => {
    const environment = {
      HOMEOSTAT_OLLAMA_BASE_URL: fake.origin,
      HOMEOSTAT_OLLAMA_HIGH: ollamaModel,
      HOMEOSTAT_OLLAMA_CONCURRENCY: '10',
    };
    const gate = cases.map((one) => ({
      name: one.gate,
      passing: one.passing,
      on: externalNameOf(widgetKey(nameOf(one))),
    }));
    const doomed = await bed.start({ gate, environment });
    // Rules make it of any size, and change none to this one.
    const keys = await Promise.all(cases.map((one) => bed.put(nameOf(one), { size: 950 })));
    for (const key of keys) {
      await bed.running(key);
      const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
      await waitFor('its run to end', async () => (await handle.describe()).status.name !== 'RUNNING');
    }
    for (const key of keys) {
      await bed.effects.meddle(externalNameOf(key), 'put', { size: 99 });
      await reportIssue(bed.servers.client, key);
    }
    await doomed.gateReached();
    await doomed.kill();
    await bed.start({ environment });
  }, 90_000);

  test.each(cases)('$gate, passing $passing', async (one) => {
    const key = widgetKey(nameOf(one));
    const incident = await closedIncident(bed.servers.state.incidents, key);
    expect(incident).toMatchObject({ state: 'resolved', attempts: [{ by: 'model', model: `ollama ${ollamaModel}` }] });
    expect(bed.effectsOn(key).map(({ value }) => value?.size)).toEqual([950, 950]);
    const asked = fake.requests.filter(({ body }) => new RegExp(`${key.name}\\b(?!-)`).test(JSON.stringify(body)));
    expect(asked).toHaveLength(2);
    const calls = (await bed.servers.state.audit.list(key)).filter(({ type }) => type === 'model-asked');
    expect(calls.map(({ detail }) => detail.asks)).toEqual(['diagnosis', undefined]);
    await bed.checkOracle(key);
  });
});
