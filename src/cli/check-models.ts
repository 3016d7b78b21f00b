import type { LoadedConfig } from '../config/load-config.ts';
import { describeThrown } from '../domain/failure.ts';
import { complexities, type ModelProvider } from '../domain/model-route.ts';
import { listProviders } from '../runtime/router-settings.ts';

interface ModelFinding {
  readonly ok: boolean;
  readonly detail: string;
}

const timeoutMs = 2_000;

/** Each provider that can be asked, without asking it anything that costs: a key is only looked for, not tried. */
export async function checkModels({ models }: LoadedConfig): Promise<readonly ModelFinding[]> {
  const providers = listProviders(models);
  if (providers.length === 0) return [{ ok: true, detail: 'none is configured: all is planned by rules' }];
  return Promise.all(providers.map((provider) => checkProvider(models, provider)));
}

async function checkProvider(models: LoadedConfig['models'], provider: ModelProvider): Promise<ModelFinding> {
  if (provider !== 'ollama') return { ok: true, detail: `${provider} at ${models[provider].baseUrl}, key not tried` };
  const { baseUrl = '' } = models.ollama;
  const where = `ollama at ${baseUrl}`;
  try {
    const response = await fetch(new URL('api/tags', `${baseUrl.replace(/\/*$/, '')}/`), {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    if (!response.ok) return { ok: false, detail: `${where} answers with ${response.status}` };
    const { models: found = [] } = (await response.json()) as { models?: readonly { name?: string }[] };
    const there = new Set(found.map(({ name }) => name));
    const wanted = [...new Set(complexities.map((complexity) => models.ollama[complexity].model))];
    const missing = wanted.filter((model) => !there.has(model) && !there.has(`${model}:latest`));
    if (missing.length === 0) return { ok: true, detail: `${where}, has ${wanted.join(', ')}` };
    const pulls = missing.map((model) => `ollama pull ${model}`).join('; ');
    return { ok: false, detail: `${where} lacks ${missing.join(', ')} — run: ${pulls}` };
  } catch (error) {
    return {
      ok: false,
      detail: `${where} does not answer (${describeThrown(error)}) — start it, or correct its address`,
    };
  }
}
