import { createBuiltInAgents } from '../../src/runtime/built-in-agents.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { passTestGate } from './gates.ts';
import { createWidgetAgent } from './widget-agent.ts';

/** A runtime as a process of its own, with the widget agent beside the built-in ones, for tests that kill it. */
const config = loadConfig();
const effectServer = process.env.HOMEOSTAT_TEST_EFFECTS;
const agents = [
  ...createBuiltInAgents(config.dataDir),
  ...(effectServer === undefined
    ? []
    : [
        createWidgetAgent({
          effectServer,
          plain: process.env.HOMEOSTAT_TEST_PLAIN === '1',
          timeoutMs: Number(process.env.HOMEOSTAT_TEST_TIMEOUT ?? 5_000),
        }),
      ]),
];
const cache = process.env.HOMEOSTAT_TEST_CACHE;
await createRuntime({
  agents,
  config,
  ...(cache === undefined ? {} : { maxCachedWorkflows: Number(cache) }),
  interceptors: {
    activity: [
      () => ({
        inbound: {
          async execute(input, next) {
            const result = await next(input);
            if (input.args[0] !== null && typeof input.args[0] === 'object' && 'step' in input.args[0])
              await passTestGate('before-report');
            return result;
          },
        },
      }),
    ],
  },
}).run();
