import { z } from 'zod';
import { createOllamaModel } from '../../src/llm/ollama.ts';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { createFakeOllama, ollamaModel } from '../../test/support/fake-ollama.ts';
import type { FakeModelServer } from '../../test/support/fake-model-server.ts';
import type { Section } from '../report.ts';
import { unknownSize } from '../support/agent.ts';
import { withBed, type Bed } from '../support/bed.ts';
import { readRun } from '../support/history.ts';
import { keyOf } from '../support/settlements.ts';
import { median, round, summarise } from '../support/stats.ts';

const modelMs = 500;
const steps = 3;
const longNote = 'a long story. '.repeat(1_400);

/** What a model would plan: read off the prompt, one step a part. */
function plan(said: string): object {
  const wanted = JSON.parse(/^# Wanted\n<data>\n([^]*?)\n<\/data>$/m.exec(said)![1]!) as {
    spec: { size: number; steps: number };
  };
  const { size, steps: parts } = wanted.spec;
  return {
    reasoning: `a size of ${size} is wanted`,
    steps: Array.from({ length: parts }, (_, index) => ({
      toolName: 'do_nothing',
      parameters: { part: index + 1, size },
      description: `part ${index + 1}`,
      riskLevel: 'moderate',
    })),
  };
}

/**
 * What a plan by a model costs beside the model itself, which answers after half a second from a server of ours that
 * speaks Ollama's protocol: no model's own speed or sense is measured.
 */
export const modelsSection: Section = {
  name: 'models',
  title: `changes planned by a model that takes ${modelMs} ms`,
  run: ({ quick }) =>
    withBed(async (bed) => {
      const ollama = await startOllama(bed);
      await bed.start('runtime', {
        environment: { HOMEOSTAT_OLLAMA_BASE_URL: ollama.origin, ...slots, HOMEOSTAT_OLLAMA_CONCURRENCY: '8' },
      });
      const settlements = await bed.watchSettlements();
      const names = Array.from({ length: quick ? 2 : 20 }, (_, index) => `web-${index}`);
      /** Milliseconds each, and the calls that all of them took. */
      const change = async (spec: object) => {
        const before = ollama.requests.length;
        const times: number[] = [];
        for (const name of names) times.push((await settlements.converge(name, { steps, ...spec })).ms);
        return { times, callsEach: round((ollama.requests.length - before) / names.length) };
      };
      const known = await change({ size: 1 });
      const fresh = await change({ size: unknownSize });
      await change({ size: 1 });
      const same = await change({ size: unknownSize });
      const bytes = async (name: string, note: string) => {
        await settlements.converge(name, { size: 1, steps: 1 });
        await settlements.converge(name, { size: unknownSize, steps: 1, note });
        const id = toReconcileWorkflowId(keyOf(name));
        await bed.servers.client.workflow.getHandle(id).result();
        return (await readRun(bed.servers.client, id)).storedBytes;
      };
      const shortBytes = await bytes('short', '');
      const longBytes = await bytes('long', longNote);
      const { total } = await bed.servers.state.modelPlans.spentToday('default');
      const loop = median(await runLoops(ollama, quick ? 1 : 5));
      return {
        figures: [
          {
            what: 'calls for a known change',
            measured: known.callsEach,
            unit: '',
            goal: { bound: 'at most', value: 0 },
          },
          { what: 'calls for a new one', measured: fresh.callsEach, unit: '', goal: { bound: 'at most', value: 1 } },
          {
            what: 'calls for the same again',
            measured: same.callsEach,
            unit: '',
            goal: { bound: 'at most', value: 0 },
          },
          {
            what: 'tokens a call, as the server says',
            measured: round((total.inputTokens + total.outputTokens) / total.calls),
            unit: '',
          },
          {
            what: `p50 of a change in ${steps} steps, etcd write to status`,
            measured: round(median(fresh.times)),
            unit: 'ms',
            goal: { bound: 'at most', value: 600 },
          },
          { what: 'p50 of the same with the plan on record', measured: round(median(same.times)), unit: 'ms' },
          {
            what: `p50 of a loop that asks before each of ${steps} steps, and once after`,
            measured: round(loop),
            unit: 'ms',
          },
          {
            what: 'history of a run of one step, short question',
            measured: shortBytes,
            unit: 'B',
            goal: { bound: 'at most', value: 10 * 1024 },
          },
          {
            what: `the same, with ${Math.round(longNote.length / 1_000)} KB more in the question`,
            measured: longBytes,
            unit: 'B',
            goal: { bound: 'at most', value: 10 * 1024 },
          },
        ],
        details: { known: summarise(known.times), fresh: summarise(fresh.times), same: summarise(same.times) },
      };
    }),
};

const slots = {
  HOMEOSTAT_OLLAMA_LOW: ollamaModel,
  HOMEOSTAT_OLLAMA_MEDIUM: ollamaModel,
  HOMEOSTAT_OLLAMA_HIGH: ollamaModel,
};

async function startOllama(bed: Bed): Promise<FakeModelServer> {
  const ollama = createFakeOllama();
  await ollama.start();
  bed.atEnd(() => ollama.stop());
  ollama.answerBy(plan, modelMs);
  return ollama;
}

/** What an agent does that asks the model for one tool call at a time, on the same server; its tools do nothing. */
async function runLoops(ollama: FakeModelServer, rounds: number): Promise<readonly number[]> {
  ollama.answerBy(() => ({ tool: 'do_nothing' }), modelMs);
  const model = createOllamaModel({
    baseUrl: ollama.origin,
    model: ollamaModel,
    answers: 'schema',
    idleMs: 10_000,
    takesTemperature: false,
  });
  const times: number[] = [];
  for (let round_ = 0; round_ < rounds; round_ += 1) {
    const from = performance.now();
    for (let call = 0; call <= steps; call += 1) {
      await model.generate({
        system: 'Call the next tool.',
        messages: [{ role: 'user', content: `${call} of ${steps} done` }],
        answer: z.strictObject({ tool: z.string() }),
        maxTokens: 100,
        signal: new AbortController().signal,
        deadlineMs: 10_000,
      });
    }
    times.push(performance.now() - from);
  }
  return times;
}
