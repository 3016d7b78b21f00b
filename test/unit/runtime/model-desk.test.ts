import { expect, test } from 'vitest';
import { createAgentRegistry } from '../../../src/agents/agent-registry.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createModelDesk } from '../../../src/runtime/model-desk.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

const routeFor = (diagnosis: 'models' | 'rules', purpose: 'change' | 'diagnosis') => {
  const models = { order: ['ollama'], ollama: { baseUrl: 'http://127.0.0.1:1' } };
  const config = loadConfig({ environment: {}, overrides: { models, heal: { diagnosis } } });
  const transcripts = { put: () => Promise.reject(new Error('unused')) } as never;
  const desk = createModelDesk(config, createAgentRegistry([]), transcripts, {
    log: createLogger('silent'),
    telemetry: { countModelCall: () => undefined },
  });
  return desk.route({ purpose }).map(({ complexity }) => complexity);
};

test('faults are diagnosed by the biggest models, unless that is for rules alone; changes are planned all the same', () => {
  expect(routeFor('models', 'diagnosis')).toEqual(['high']);
  expect(routeFor('rules', 'diagnosis')).toEqual([]);
  expect(routeFor('rules', 'change')).not.toEqual([]);
});
