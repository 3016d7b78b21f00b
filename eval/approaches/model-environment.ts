import { loadConfig } from '../../src/config/load-config.ts';

/** The variables of our own environment that say which models may be asked. */
export function readModelVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(environment).filter((name) =>
    /^(HOMEOSTAT_MODELS|(HOMEOSTAT_)?(ANTHROPIC|OPENAI|OLLAMA))_/.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}

/** Whether these variables make a model that can be asked. */
export function isModelConfigured(variables: NodeJS.ProcessEnv): boolean {
  const { anthropic, openai, ollama } = loadConfig({ environment: variables }).models;
  return anthropic.apiKey !== undefined || openai.apiKey !== undefined || ollama.baseUrl !== undefined;
}
