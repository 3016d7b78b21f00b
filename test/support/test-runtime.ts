import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuntimeHealth } from '../../src/runtime/health-server.ts';
import { describeRuns } from './describe-runs.ts';
import type { GateName } from './gates.ts';
import type { TestServers } from './test-servers.ts';
import { waitFor } from './wait-for.ts';
import { giveTestBundle, testCache } from './workflow-bundle.ts';

export interface TestRuntimeOptions {
  /** Address of an effect server; gives the runtime the widget agent. */
  readonly effects?: string;
  readonly plain?: boolean;
  readonly stepTimeoutMs?: number;
  /** Size from which only the host that made a widget can look at it. */
  readonly hostBoundFrom?: number;
  /** Where the process stops, or only the activities of one resource. */
  readonly gate?: TestGate | readonly TestGate[];
  readonly cachedWorkflows?: number;
  /** Folder below the servers' that names the host; two runtimes with different ones are two hosts. */
  readonly host?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface TestGate {
  readonly name: GateName;
  /** Counted from 1. */
  readonly passing: number;
  /** External name of the one resource that is stopped there. */
  readonly on?: string;
}

/** A runtime in a process of its own, to be killed, frozen and started again. */
export interface TestRuntime {
  readonly process: ChildProcess;
  readonly dataDir: string;
  /** Resolves once all its gates were reached. */
  gateReached(): Promise<void>;
  /** Lets the process through the gates it stands at. */
  openGate(): void;
  kill(signal?: NodeJS.Signals): Promise<number | null>;
  readonly healthUrl: string;
  /** What its readiness endpoint answers. */
  health(): Promise<RuntimeHealth>;
  logText(): string;
}

const mainFile = fileURLToPath(new URL('./runtime-main.ts', import.meta.url));
let started = 0;

export async function startTestRuntime(servers: TestServers, options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  started += 1;
  const dataDir = join(servers.folder, options.host ?? 'host-a');
  const gates = [options.gate ?? []].flat().map((gate, index) => {
    const folder = join(servers.folder, `gate-${started}-${index + 1}`);
    mkdirSync(folder, { recursive: true });
    return { folder, text: [folder, gate.name, gate.passing, gate.on ?? ''].join('|') };
  });
  const logFile = join(servers.folder, `runtime-${started}.log`);
  const log = openSync(logFile, 'a');
  await giveTestBundle(dataDir);
  const child = spawn(process.execPath, [mainFile], {
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      // Half of what a start costs is stripping types and compiling.
      NODE_COMPILE_CACHE: join(testCache, 'code'),
      HOMEOSTAT_DATA_DIR: dataDir,
      HOMEOSTAT_TEMPORAL_ADDRESS: servers.temporalAddress,
      HOMEOSTAT_ETCD_ENDPOINTS: servers.etcdEndpoints.join(','),
      ...(options.effects === undefined ? {} : { HOMEOSTAT_TEST_EFFECTS: options.effects }),
      ...(options.plain === true ? { HOMEOSTAT_TEST_PLAIN: '1' } : {}),
      ...(options.stepTimeoutMs === undefined ? {} : { HOMEOSTAT_TEST_TIMEOUT: String(options.stepTimeoutMs) }),
      ...(options.hostBoundFrom === undefined ? {} : { HOMEOSTAT_TEST_HOST_BOUND_FROM: String(options.hostBoundFrom) }),
      ...(options.cachedWorkflows === undefined ? {} : { HOMEOSTAT_TEST_CACHE: String(options.cachedWorkflows) }),
      ...(gates.length === 0 ? {} : { HOMEOSTAT_TEST_GATE: gates.map(({ text }) => text).join(';') }),
      ...options.environment,
    },
  });
  closeSync(log);
  const logText = () => readFileSync(logFile, 'utf8');
  await waitFor('the runtime to be ready', () => {
    if (child.exitCode !== null) throw new Error(`the runtime ended: ${logText()}`);
    return logText().includes('"msg":"ready"');
  }).catch((error: unknown) => {
    // Nobody else has it to kill.
    child.kill('SIGKILL');
    throw error;
  });
  const healthUrl = /"healthUrl":"([^"]+)"/.exec(logText())![1]!;
  return {
    process: child,
    dataDir,
    async gateReached() {
      const isReached = () => gates.every(({ folder }) => existsSync(join(folder, 'reached')));
      await waitFor('the gates to be reached', isReached).catch(async (error: unknown) => {
        const log = logText().split('\n').slice(-40).join('\n');
        throw new Error(`${log}\n---\n${await describeRuns(servers.client)}`, { cause: error });
      });
    },
    openGate() {
      for (const { folder } of gates) writeFileSync(join(folder, 'open'), '');
    },
    async kill(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
    healthUrl,
    health: async () => (await (await fetch(`${healthUrl}/readyz`)).json()) as RuntimeHealth,
    logText,
  };
}
