import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFakeOllama, ollamaModel } from '../support/fake-ollama.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { burst, mostWithin, spanOf, speedOf } from '../support/pace.ts';
import { waitFor } from '../support/wait-for.ts';
import { knownSize } from '../support/widget-agent.ts';

/** How much a provider is asked, over two runtimes; told by the provider's clock. */
let bed: FaultBed;
const fake = createFakeOllama();
const questions = 24;
const concurrency = 3;
beforeAll(async () => {
  await fake.start();
  // Long enough that more than one runtime's share is under way at once on a slow machine, too.
  fake.answerBy(putWanted, 2_000);
  bed = await startFaultBed();
});
afterAll(async () => {
  await bed?.stop();
  await fake.stop();
});

function putWanted(said: string): object {
  const size = Number(/"path": "size",\s*"wanted": ([0-9]+)/.exec(said)![1]);
  return {
    reasoning: `a size of ${size} is wanted`,
    steps: [{ toolName: 'put_widget', parameters: { size }, description: 'make it', riskLevel: 'moderate' }],
  };
}

async function startTwo(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const all = {
    HOMEOSTAT_SWEEP_EVERY: '1h',
    HOMEOSTAT_OLLAMA_BASE_URL: fake.origin,
    HOMEOSTAT_OLLAMA_LOW: ollamaModel,
    HOMEOSTAT_OLLAMA_MEDIUM: ollamaModel,
    HOMEOSTAT_OLLAMA_HIGH: ollamaModel,
    HOMEOSTAT_OLLAMA_CONCURRENCY: String(concurrency),
    ...environment,
  };
  await Promise.all(['host-a', 'host-b'].map((host) => bed.start({ host, environment: all })));
}

/** Gives all widgets a size from this one on, each its own; the calls that were made for that. */
async function resize(from: number): Promise<readonly { readonly beganAt: number; readonly endedAt: number }[]> {
  fake.requests.length = 0;
  const put = Array.from({ length: questions }, (_, index) => ({ name: `w-${index}`, spec: { size: from + index } }));
  for (const key of await bed.putMany(put)) await bed.running(key, 90_000);
  return waitFor('all answers to be out', () => {
    const ended = fake.requests.flatMap(({ beganAt, endedAt }) => (endedAt === undefined ? [] : { beganAt, endedAt }));
    return ended.length === fake.requests.length && ended;
  });
}

test('two runtimes ask a provider no more at once, and no more a minute, than the configuration says', async () => {
  await startTwo();
  // Rules make them; a change beyond what they know is a question.
  expect(await resize(1)).toEqual([]);
  const free = await resize(knownSize + 1);
  await bed.killRuntimes();
  expect(free).toHaveLength(questions);
  const atOnce = free.map(({ beganAt: at }) => free.filter((one) => one.beganAt <= at && at < one.endedAt).length);
  expect(Math.max(...atOnce)).toBeLessThanOrEqual(2 * concurrency);
  // And one runtime does not do it alone.
  expect(Math.max(...atOnce)).toBeGreaterThan(concurrency);

  const timesOf = (calls: typeof free) => calls.map(({ beganAt }) => beganAt);
  // A quarter of what they do without it, where that is not much.
  const perMinute = Math.round(60 * Math.max(0.7, Math.min(3, speedOf(timesOf(free)) / 4)));
  await startTwo({ HOMEOSTAT_OLLAMA_CALLS_PER_MINUTE: String(perMinute) });
  const paced = timesOf(await resize(knownSize + 1 + questions));
  expect(paced).toHaveLength(questions);
  expect(mostWithin(paced, 2_000)).toBeLessThanOrEqual((2 * perMinute) / 60 + burst);
  expect(spanOf(paced)).toBeGreaterThan((60_000 * (questions - burst)) / perMinute);
  expect(speedOf(timesOf(free)) / speedOf(paced)).toBeGreaterThan(1.5);
}, 200_000);
