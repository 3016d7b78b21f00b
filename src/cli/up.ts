import { Command } from 'commander';
import type { LoadedConfig } from '../config/load-config.ts';
import { longestTimerMs } from '../domain/duration.ts';
import { HomeostatError } from '../domain/failure.ts';
import { removeEndpoints, writeEndpoints } from '../config/endpoints-file.ts';
import { endSoon } from '../runtime/end-soon.ts';
import type { RunningRuntime } from '../runtime/runtime.ts';
import { waitForStop } from '../runtime/wait-for-stop.ts';
import { listProviders } from '../runtime/router-settings.ts';
import {
  acquireLock,
  createProgressPrinter,
  keepServers,
  ownIdentity,
  startServers,
  stopServers,
  type KeptServers,
  type ProgressReport,
  type RunningServers,
} from '../servers/index.ts';
import { commandConfig } from './command-config.ts';
import { inFolders } from './folder-fault.ts';
import { toEndpoints } from './started-endpoints.ts';
import { outliveOutput } from './lost-output.ts';
import { toServersFault } from './servers-fault.ts';
import { toServersOptions } from './servers-options.ts';
import { upLockOf } from './up-lock.ts';

/** `homeostat up`: everything on this machine with one command, in the foreground, until Ctrl-C. */
export function createUpCommand(): Command {
  return new Command('up')
    .description('Start Temporal, etcd and the runtime on this machine, until Ctrl-C.')
    .option('--no-example', 'leave an empty store empty, do not apply examples/shop')
    .option('--no-runtime', 'start the servers alone, for a runtime of your own that carries your agents')
    .addHelpText('after', '\nExample:\n  $ homeostat up\n  $ homeostat up --data-dir /var/lib/homeostat --no-example')
    .action(async (options: UpOptions, command: Command) => {
      const config = commandConfig(command);
      await inFolders(config, () => up(config, options));
    });
}

interface UpOptions {
  readonly example: boolean;
  readonly runtime: boolean;
}

/** The runtime, apart from what starts its servers: to load it takes longer than they take to start. */
const loadRuntime = () => import('./up-runtime.ts');

async function up(config: LoadedConfig, options: UpOptions): Promise<void> {
  outliveOutput();
  const lock = await acquireLock(upLockOf(config.dataDir));
  if ('heldBy' in lock) {
    throw new HomeostatError('ALREADY_RUNNING', {
      path: config.dataDir,
      problem: `homeostat runs here already, process ${lock.heldBy.pid} since ${lock.heldBy.since}`,
      remedy:
        `use it as it is, end it with Ctrl-C or kill ${lock.heldBy.pid}, ` +
        'end the processes it keeps too with homeostat down, or choose another --data-dir',
    });
  }
  const stop = waitForStop();
  const report = createProgressPrinter(process.stdout);
  let runtime: RunningRuntime | undefined;
  let kept: KeptServers | undefined;
  try {
    let servers = await startServers(toServersOptions(config), report, () => {
      // Beside the servers, which begin meanwhile.
      if (options.runtime) loadRuntime().catch(() => undefined);
    }).catch((error: unknown) => {
      throw toServersFault(error);
    });
    const tellWhere = () => {
      const own = runtime && { runtime: { process: ownIdentity(), healthUrl: runtime.healthUrl } };
      writeEndpoints(config.dataDir, { ...toEndpoints(config, servers), ...own });
    };
    kept = keepServers(toServersOptions(config), servers, report, (name, process) => {
      servers = { ...servers, [name]: { ...servers[name], process } };
      tellWhere();
    });
    tellWhere();
    if (!options.runtime) {
      sayReady(config, servers);
      // Without a runtime nothing else keeps this process alive.
      const alive = setInterval(() => undefined, longestTimerMs);
      await stop.promise;
      clearInterval(alive);
    } else if (!stop.signal.aborted) {
      const { startRuntimeHere } = await loadRuntime();
      runtime = await startRuntimeHere(config, report);
      tellWhere();
      sayReady(config, servers, runtime);
      if (options.example) await (await import('./up-example.ts')).showExampleIfEmpty(config, stop.signal);
      await Promise.race([stop.promise, runtime.stopped]);
    }
  } finally {
    await shutDown(config, { runtime, kept }, report);
    await lock.release();
    if (process.exitCode === 1) endSoon();
  }
}

function sayReady(config: LoadedConfig, { temporal, etcd }: RunningServers, runtime?: RunningRuntime): void {
  const uiUrl = temporal.uiUrl ?? config.temporal.uiUrl;
  const lines = [
    '',
    runtime === undefined ? 'The servers are ready, and wait for a runtime of yours.' : 'Homeostat is ready.',
    ...(uiUrl === undefined ? [] : [`  Temporal UI  ${uiUrl}`]),
    `  Temporal     ${temporal.address}`,
    `  etcd         ${etcd.endpoints.join(', ')}`,
    ...(runtime === undefined
      ? []
      : [`  health       ${runtime.healthUrl}/readyz`, `  models       ${showProviders(config)}`]),
    `  stop         Ctrl-C`,
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function showProviders({ models }: LoadedConfig): string {
  return listProviders(models).join(', ') || 'none configured: all is planned by rules';
}

async function shutDown(
  config: LoadedConfig,
  { runtime, kept }: { readonly runtime: RunningRuntime | undefined; readonly kept: KeptServers | undefined },
  report: ProgressReport,
): Promise<void> {
  const owned = runtime === undefined ? [] : await runtime.listOwned().catch(() => []);
  if (runtime !== undefined) {
    process.stdout.write('\nStopping the runtime: running steps may finish …\n');
    await runtime.stop().catch(() => {
      process.stdout.write(
        'It did not end as it should: what became of steps under way is looked into at the next start.\n',
      );
      process.exitCode = 1;
    });
  }
  // Until here a server that ends is started again: steps that finish put down what came of them.
  await kept?.stop();
  await stopServers(toServersOptions(config), report);
  removeEndpoints(config.dataDir);
  if (owned.length === 0) return;
  process.stdout.write(`These go on without it:\n${owned.map((line) => `  ${line}\n`).join('')}`);
  process.stdout.write('End them with: homeostat down\n');
}
