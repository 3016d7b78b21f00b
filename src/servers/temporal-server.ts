import { isTemporalHealthy } from './health.ts';
import { DEFAULT_PORTS, LOOPBACK } from './ports.ts';
import type { Ports } from './ports.ts';
import { runCommand } from './run-command.ts';
import { serverEnvironment } from './server-environment.ts';
import type { ServerDefinition } from './server-definition.ts';

const RETENTION = '720h';
const NAMESPACE = 'default';
const SEARCH_ATTRIBUTES = ['HomeostatTenant', 'HomeostatKind', 'HomeostatPhase', 'HomeostatWaitingFor'] as const;

/**
 * The queues of the development server poll 20 times a second unless told otherwise, which rounds every durable step up to
 * 50 ms; fairness keys do nothing without the new matcher; and by its JSON over HTTP, which no flag turns off, every page
 * that is open in a browser on this machine could signal a run.
 */
const DYNAMIC_CONFIG: Readonly<Record<string, string>> = {
  'history.transferProcessorMaxPollRPS': '10000',
  'history.timerProcessorMaxPollRPS': '10000',
  'history.visibilityProcessorMaxPollRPS': '10000',
  'matching.useNewMatcher': 'true',
  'matching.enableFairness': 'true',
  'frontend.httpAllowedHosts': '[]',
};

export const temporalAddress = (ports: Ports): string => `${LOOPBACK}:${ports.temporal ?? DEFAULT_PORTS.temporal}`;
export const temporalUiUrl = (ports: Ports): string =>
  `http://${LOOPBACK}:${ports.temporalUi ?? DEFAULT_PORTS.temporalUi}`;

/** Temporal's development server on a file, with the Web UI. */
export const temporalServer: ServerDefinition = {
  name: 'temporal',
  wishedPorts: (options, remembered) => [
    { name: 'temporal', wishes: [options.temporal.port, remembered.temporal, DEFAULT_PORTS.temporal] },
    { name: 'temporalUi', wishes: [options.temporal.uiPort, remembered.temporalUi, DEFAULT_PORTS.temporalUi] },
  ],
  argv: (_dataDir, ports) => [
    'server',
    'start-dev',
    `--ip=${LOOPBACK}`,
    '--log-level=warn',
    '--db-filename=temporal.db',
    `--port=${ports.temporal ?? DEFAULT_PORTS.temporal}`,
    `--ui-port=${ports.temporalUi ?? DEFAULT_PORTS.temporalUi}`,
    // Twice as fast as the default journal, and still whole after a crash of the process.
    '--sqlite-pragma=journal_mode=wal',
    '--sqlite-pragma=synchronous=normal',
    ...SEARCH_ATTRIBUTES.map((attribute) => `--search-attribute=${attribute}=Keyword`),
    ...Object.entries(DYNAMIC_CONFIG).map(([key, value]) => `--dynamic-config-value=${key}=${value}`),
  ],
  mainPort: (ports) => ports.temporal ?? DEFAULT_PORTS.temporal,
  isHealthy: (ports, timeoutMs) => isTemporalHealthy(temporalAddress(ports), timeoutMs),

  // The retention has no flag, and `--search-attribute` does nothing for data that exists already.
  preparation: `retention ${RETENTION}; ${SEARCH_ATTRIBUTES.join(', ')}`,
  prepare: async (binary, ports) => {
    // A user's profile for a cluster would have it speak TLS, and show its API key, to this server.
    const ours = ['--disable-config-file', '--disable-config-env', '--tls=false'];
    const common = ['--address', temporalAddress(ports), '--namespace', NAMESPACE, ...ours];
    const names = SEARCH_ATTRIBUTES.flatMap((attribute) => ['--name', attribute, '--type', 'Keyword']);
    const options = { timeoutMs: 20_000, environment: serverEnvironment() };
    await Promise.all([
      runCommand(binary, ['operator', 'namespace', 'update', '--retention', RETENTION, ...common], options),
      runCommand(binary, ['operator', 'search-attribute', 'create', ...names, ...common], options),
    ]);
  },
};
