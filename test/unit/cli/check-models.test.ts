import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { checkModels } from '../../../src/cli/check-models.ts';
import { loadConfig } from '../../../src/config/load-config.ts';

let server: ReturnType<typeof createServer> | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});
/** An Ollama with these models pulled. */
async function serve(status: number, names: readonly string[] = []): Promise<string> {
  server = createServer((request, response) => {
    const isKnown = request.method === 'GET' && request.url === '/api/tags';
    response.writeHead(isKnown ? status : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ models: names.map((name) => ({ name })) }));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const check = (environment: NodeJS.ProcessEnv) => checkModels(loadConfig({ environment }));
const ollama = (host: string) => check({ OLLAMA_HOST: host, HOMEOSTAT_OLLAMA_LOW: 'mistral' });

test('without a provider all is well, and planned by rules', async () => {
  expect(await check({})).toEqual([{ ok: true, detail: expect.stringContaining('rules') }]);
});

test('a key is not tried, and not shown', async () => {
  const found = await check({ ANTHROPIC_API_KEY: 'secret', OPENAI_API_KEY: 'secret' });
  expect(found.map(({ ok }) => ok)).toEqual([true, true]);
  expect(JSON.stringify(found)).not.toContain('secret');
});

test('an Ollama that has all three models is fine; a name without a tag means the latest', async () => {
  const url = await serve(200, ['mistral:latest', 'qwen3:8b', 'qwen3:32b']);
  expect(await ollama(url)).toEqual([{ ok: true, detail: `ollama at ${url}, has mistral, qwen3:8b, qwen3:32b` }]);
});

test('models that are not pulled are named, with what to run', async () => {
  const [found] = await ollama(await serve(200, ['qwen3:8b']));
  expect(found).toMatchObject({ ok: false, detail: expect.stringMatching(/run: ollama pull mistral; .*qwen3:32b$/) });
});

test('an Ollama that is away, or something else that answers, is said so', async () => {
  const url = await serve(500);
  expect(await ollama(url)).toEqual([{ ok: false, detail: `ollama at ${url} answers with 500` }]);
  const [away] = await ollama('http://127.0.0.1:1');
  expect(away).toMatchObject({ ok: false, detail: expect.stringContaining('does not answer') });
});
