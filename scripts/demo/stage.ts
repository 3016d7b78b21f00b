import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { toServersOptions } from '../../src/cli/servers-options.ts';
import { toEndpoints } from '../../src/cli/started-endpoints.ts';
import { connectState } from '../../src/starters/connect-state.ts';
import { createDecisionDoor } from '../../src/starters/decision-door.ts';
import { createReadDoor } from '../../src/starters/read-door.ts';
import { createResourceDoor } from '../../src/starters/resource-door.ts';
import { createTemporalRunMessages } from '../../src/starters/temporal-run-messages.ts';
import { createTemporalRunSteps } from '../../src/starters/temporal-run-steps.ts';
import { createProgressPrinter, startServers, stopServers } from '../../src/servers/index.ts';
import { stopOwnedInstances } from '../../src/runtime/owned-instances.ts';
import { writeEndpoints } from '../../src/config/endpoints-file.ts';
import { createDemoConfig } from './demo-config.ts';
import { checkDemoFolder, makeDemoFolder } from './demo-folder.ts';

/** Tells the runtime to die after the next effect, before its record. */
export function dieFile(dataDir: string): string {
  return join(dataDir, 'die-after-next-effect');
}

export type Stage = Awaited<ReturnType<typeof setUpStage>>;

/** Servers and doors of the demonstration, in a folder of its own that is empty at the start. */
export async function setUpStage(dataDir: string) {
  checkDemoFolder(dataDir);
  await stopOwnedInstances(dataDir, () => undefined);
  const config = createDemoConfig(dataDir);
  const options = toServersOptions(config);
  const report = createProgressPrinter(process.stdout);
  await stopServers(options, () => undefined);
  makeDemoFolder(dataDir);
  const servers = await startServers(options, report);
  writeEndpoints(dataDir, toEndpoints(config, servers));
  const { address, uiUrl } = servers.temporal;
  const state = connectState(config);
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const door = { client, close: () => connection.close() };
  const messages = createTemporalRunMessages(door);
  return {
    dataDir,
    uiUrl,
    state,
    read: createReadDoor(state),
    steps: createTemporalRunSteps(door),
    resources: createResourceDoor(state),
    decisions: createDecisionDoor({ state, messages }),
    orderDeath: () => writeFileSync(dieFile(dataDir), ''),
    async tearDown({ keepServers }: { readonly keepServers: boolean }) {
      await connection.close();
      await state.close();
      await stopOwnedInstances(dataDir, () => undefined);
      if (keepServers) return;
      await stopServers(options, () => undefined);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The runtime in a process of its own, so that it can be killed. Resolves when it is ready. */
export async function startRuntime({ dataDir, state }: Stage): Promise<ChildProcess> {
  const main = fileURLToPath(new URL('./runtime.ts', import.meta.url));
  const child = spawn(process.execPath, [main, dataDir], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit').then(() => 'ended' as const);
  // It is on record as a host with its workers, right before it begins to watch.
  const there = async () => {
    while ((await state.hosts.list()).length === 0) await sleep(50);
    return 'there' as const;
  };
  if ((await Promise.race([ended, there()])) === 'ended') throw new Error(`the runtime did not start, see ${dataDir}`);
  return child;
}
