import type { ConfigInput } from './config-schema.ts';

/**
 * The providers' own variables (`ANTHROPIC_API_KEY`, `OPENAI_API_KEY`, `OLLAMA_HOST` and the base addresses) as ours:
 * weaker than `homeostat.yaml` and `HOMEOSTAT_*`. The providers' packages never read them by themselves.
 */
export function readModelEnvironment(environment: NodeJS.ProcessEnv): ConfigInput {
  const read = (field: string, name: string) => {
    const value = environment[name];
    return value === undefined || value === '' ? {} : { [field]: value };
  };
  const host = environment.OLLAMA_HOST ?? '';
  return {
    models: {
      anthropic: { ...read('apiKey', 'ANTHROPIC_API_KEY'), ...read('baseUrl', 'ANTHROPIC_BASE_URL') },
      openai: { ...read('apiKey', 'OPENAI_API_KEY'), ...read('baseUrl', 'OPENAI_BASE_URL') },
      ollama: host === '' ? {} : { baseUrl: toOllamaUrl(host) },
    },
  };
}

/** Ollama takes an address with or without protocol and port, or a port alone; and it may be where a server listens. */
function toOllamaUrl(host: string): string {
  const address = /^[a-z]+:\/\//i.test(host) ? host : `http://${host.startsWith(':') ? `127.0.0.1${host}` : host}`;
  const isPortMissing = !/^[a-z]+:\/\/[^/]*:[0-9]+/i.test(address) && !/^[a-z]+:\/\//i.test(host);
  const withPort = isPortMissing ? address.replace(/^(http:\/\/[^/]*)/, '$1:11434') : address;
  return withPort.replace('//0.0.0.0', '//127.0.0.1').replace(/\/+$/, '');
}
