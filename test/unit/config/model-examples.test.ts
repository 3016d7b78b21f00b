import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { listProviders } from '../../../src/runtime/router-settings.ts';

const folder = fileURLToPath(new URL('../../../examples/models/', import.meta.url));
const files = readdirSync(folder).toSorted();
const keys = { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'o' };

test('there is an example for each provider', () => {
  expect(files).toEqual(['anthropic.yaml', 'ollama.yaml', 'openai.yaml']);
});

test.each([
  { file: 'anthropic.yaml', asked: ['anthropic'] },
  { file: 'openai.yaml', asked: ['openai', 'anthropic'] },
  { file: 'ollama.yaml', asked: ['ollama'] },
])('$file is a good configuration, which asks $asked where all keys are there', ({ file, asked }) => {
  expect(listProviders(loadConfig({ environment: keys, file: `${folder}${file}` }).models)).toEqual(asked);
});

test('no example asks a paid provider without a key', () => {
  for (const file of files) {
    const { models } = loadConfig({ environment: {}, file: `${folder}${file}` });
    expect(listProviders(models).filter((provider) => provider !== 'ollama')).toEqual([]);
  }
});

test('the recipe for Ollama pulls the models its example asks for', () => {
  const recipe = readFileSync(fileURLToPath(new URL('../../../docs/models.md', import.meta.url)), 'utf8');
  const pulled = [...recipe.matchAll(/ollama pull (\S+)/g)].map(([, name]) => name);
  const { low, medium, high } = loadConfig({ environment: {}, file: `${folder}ollama.yaml` }).models.ollama;
  expect(pulled).toEqual([low, medium, high].map(({ model }) => model));
});
