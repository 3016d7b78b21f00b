import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { anthropicKey, anthropicModel, createFakeAnthropic } from '../support/fake-anthropic.ts';
import type { FakeModelServer, FakeTurn } from '../support/fake-model-server.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { environmentOf } from '../support/run-program.ts';
import { expectScreen, toScreen } from '../support/screens.ts';
import { startTestBed, type TestBed } from '../support/test-bed.ts';

/** What people see of a model's work, over the vendor's own protocol. */
let bed: TestBed;
let provider: FakeModelServer;
let environment: NodeJS.ProcessEnv;
let folder: string;
beforeAll(async () => {
  provider = createFakeAnthropic();
  await provider.start();
  bed = await startTestBed({
    config: {
      models: {
        order: ['ollama', 'anthropic'],
        dailyBudget: 5,
        planning: { widgets: 'rules-first' },
        transcripts: { key: 'correct horse' },
        anthropic: { apiKey: anthropicKey, baseUrl: provider.origin, low: anthropicModel, medium: anthropicModel },
      },
    },
  });
  folder = bed.servers.folder;
  for (const size of [2, 950]) writeFileSync(join(folder, `size-${size}.yaml`), toYaml(size));
  environment = {
    ...environmentOf(bed.servers, join(folder, 'cli')),
    HOMEOSTAT_MODELS_ORDER: 'ollama,anthropic',
    HOMEOSTAT_MODELS_DAILY_BUDGET: '5',
    HOMEOSTAT_MODELS_TRANSCRIPTS_FOLDER: join(folder, 'host-a', 'transcripts'),
    HOMEOSTAT_MODELS_TRANSCRIPTS_KEY: 'correct horse',
    HOMEOSTAT_ANTHROPIC_API_KEY: anthropicKey,
    HOMEOSTAT_ANTHROPIC_BASE_URL: provider.origin,
    HOMEOSTAT_ANTHROPIC_LOW: anthropicModel,
    HOMEOSTAT_ANTHROPIC_MEDIUM: anthropicModel,
  };
  await bed.put('big', { size: 1 });
  await bed.settled('big');
});
afterAll(async () => {
  await bed?.stop();
  await provider?.stop();
});

function toYaml(size: number): string {
  return `apiVersion: homeostat/v1\nkind: Widget\nmetadata:\n  name: big\nspec:\n  size: ${size}\n`;
}

const answer = (toolName: string, reasoning: string): FakeTurn => ({
  kind: 'answer',
  value: {
    reasoning,
    steps: [{ toolName, parameters: { size: 950 }, description: 'make it big', riskLevel: 'safe' }],
  },
});

async function screen(line: string, change: NodeJS.ProcessEnv = {}): Promise<string> {
  const args = line.split(' ');
  const real = args.map((arg) => arg.replace('@', `${folder}/`));
  return toScreen(args, await runInProcess({ ...environment, ...change }, real), folder);
}

test('a plan of a model: whose it is, why, its words apart, and what it cost', async () => {
  provider.expect(
    answer('enlarge', 'There must be such a tool.'),
    answer('put_widget', 'A size of 950 is wanted.\nIt would run at once.\u001b[2K'),
  );
  await expectScreen('models-plan', [
    await screen('plan -f @size-950.yaml'),
    await screen('plan -f @size-950.yaml --explain'),
    await screen('plan -f @size-2.yaml --explain'),
    await screen('plan -f @size-950.yaml --explain -o json'),
  ]);
});

test('what was said, in full, where it is kept and with its key', async () => {
  await bed.put('small', { size: 1 });
  await bed.settled('small');
  await expectScreen('models-transcript', [
    await screen('transcript Widget/big'),
    await screen('transcript Widget/small'),
    await screen('transcript Widget/big --call 99'),
    await screen('transcript Widget/big --call first'),
    await screen('transcript Widget/big --digest none'),
    await screen('transcript Widget/big', { HOMEOSTAT_MODELS_TRANSCRIPTS_KEY: 'another' }),
    await screen('transcript Widget/big -o json', { HOMEOSTAT_MODELS_TRANSCRIPTS_FOLDER: join(folder, 'cli') }),
  ]);
});

test('who can be asked, and what was spent', async () => {
  await expectScreen('models', [
    await screen('models'),
    await screen('models --tenant blue -o yaml'),
    await screen('doctor'),
    await screen('models', { HOMEOSTAT_ANTHROPIC_API_KEY: undefined, HOMEOSTAT_MODELS_DAILY_BUDGET: undefined }),
  ]);
});
