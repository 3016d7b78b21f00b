import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.ts';
import { createBuiltInAgents } from '../../src/runtime/built-in-agents.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createFakeOllama, ollamaModel } from './fake-ollama.ts';
import { planInstance } from './scripted-instance-planner.ts';
import { startTestServers } from './test-servers.ts';
import { waitFor } from './wait-for.ts';

/*
 * Run in a network of its own in which there is nothing but loopback: servers, runtime, an Ollama, and an instance that
 * is planned by it. Prints what it saw as a line of JSON.
 */
const outside = await new Promise<string>((resolve) => {
  const socket = connect({ host: '192.0.2.1', port: 443 });
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
  socket.once('connect', () => resolve('reached'));
});
const servers = await startTestServers();
const ollama = createFakeOllama();
await ollama.start();
ollama.answerBy(planInstance);
const dataDir = join(servers.folder, 'host-a');
const image = join(servers.folder, 'image');
mkdirSync(image);
writeFileSync(join(image, 'sleep.mjs'), 'setInterval(() => {}, 1_000);');
const config = loadConfig({
  environment: {},
  overrides: {
    dataDir,
    temporal: { address: servers.temporalAddress },
    etcd: { endpoints: [...servers.etcdEndpoints] },
    models: {
      planning: { instance: 'model' },
      ollama: { baseUrl: ollama.origin, low: ollamaModel, medium: ollamaModel, high: ollamaModel },
    },
  },
});
const log = createLogger('warn', join(servers.folder, 'runtime.log'));
const runtime = await createRuntime({ agents: createBuiltInAgents(dataDir), config, log }).start();
const key = { tenant: 'default', kind: 'Instance', name: 'alone' };
const desired = {
  apiVersion: 'homeostat/v1',
  kind: key.kind,
  metadata: { name: key.name },
  spec: { image, command: ['node', 'sleep.mjs'] },
};
await servers.state.store.commit([], [{ type: 'put', key: servers.keys.desired(key), value: JSON.stringify(desired) }]);
const record = await waitFor('the instance to run', async () => {
  const { actual } = await servers.state.resources.read(key);
  return actual?.record.status.state === 'Running' ? actual.record : undefined;
});
const { pid } = record.status.observed as { pid: number };
process.kill(-pid, 'SIGKILL');
await runtime.stop();
await ollama.stop();
await servers.stop();
console.log(JSON.stringify({ outside, interfaces: Object.keys(networkInterfaces()), asked: ollama.requests.length }));
process.exit();
