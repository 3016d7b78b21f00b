import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { LoadedConfig } from '../config/load-config.ts';
import { HomeostatError } from '../domain/failure.ts';
import { removeEndpoints } from '../config/endpoints-file.ts';
import { stopOwnedInstances } from '../runtime/owned-instances.ts';
import { acquireLock, createProgressPrinter, stopServers, type HeldLock } from '../servers/index.ts';
import { commandConfig } from './command-config.ts';
import { checkDataFolder, removeData } from './data-folder.ts';
import { inFolders } from './folder-fault.ts';
import { outliveOutput } from './lost-output.ts';
import { toServersOptions } from './servers-options.ts';
import { upLockOf } from './up-lock.ts';

/** How long a running `up` may take to end by itself. */
const patienceMs = 30_000;

/** `homeostat down`: ends what `up` left running, the managed processes too; `--purge` forgets everything. */
export function createDownCommand(): Command {
  return new Command('down')
    .description(
      'Stop the runtime, the servers and the processes it keeps; the next up finds everything as it was left.',
    )
    .option('--purge', 'also remove the data: desired state, history, instances, logs')
    .addHelpText('after', '\nExample:\n  $ homeostat down\n  $ homeostat down --purge')
    .action(async (options: { purge?: boolean }, command: Command) => {
      const config = commandConfig(command);
      await inFolders(config, () => down(config, options.purge === true));
    });
}

async function down(config: LoadedConfig, purge: boolean): Promise<void> {
  outliveOutput();
  const report = createProgressPrinter(process.stdout);
  checkDataFolder(config.dataDir);
  const lock = await takeOverLock(config.dataDir);
  try {
    const tell = (line: string) => void process.stdout.write(`stopped   ${line}\n`);
    const [instances] = await Promise.allSettled([stopOwnedInstances(config.dataDir, tell)]);
    await stopServers(toServersOptions(config), report);
    removeEndpoints(config.dataDir);
    if (instances.status === 'rejected') throw instances.reason;
    if (purge) {
      const others = await removeData(config.dataDir);
      const left = others.length === 0 ? '' : `, but for what is not Homeostat's: ${others.join(', ')}`;
      process.stdout.write(`removed   ${config.dataDir}${left}\n`);
    }
  } finally {
    await lock.release();
  }
}

/** Asks a running `up` to end, and waits until it has. */
async function takeOverLock(dataDir: string): Promise<HeldLock> {
  const deadline = performance.now() + patienceMs;
  let asked = false;
  for (;;) {
    const lock = await acquireLock(upLockOf(dataDir));
    if ('release' in lock) return lock;
    const { pid } = lock.heldBy;
    if (!asked) process.stdout.write(`asking    process ${pid} to end …\n`);
    if (!asked) process.kill(pid, 'SIGTERM');
    asked = true;
    if (performance.now() > deadline) {
      throw new HomeostatError('ALREADY_RUNNING', {
        path: dataDir,
        problem: `process ${pid} does not end`,
        remedy: `end it with: kill -9 ${pid}`,
      });
    }
    await sleep(100);
  }
}
