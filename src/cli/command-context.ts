import type { Command } from 'commander';
import type { LoadedConfig } from '../config/load-config.ts';
import { HomeostatError } from '../domain/failure.ts';
import { checkDnsLabel, defaultTenant } from '../domain/identity.ts';
import { connectState } from '../starters/connect-state.ts';
import { findServers } from '../starters/server-addresses.ts';
import { createReadDoor, type ReadDoor } from '../starters/read-door.ts';
import { commandConfig } from './command-config.ts';
import { globalOptionsOf, type OutputFormat } from './global-options.ts';
import { peopleSink } from './live-lines.ts';

/** What a command works with. */
export interface CommandContext {
  readonly config: LoadedConfig;
  readonly output: OutputFormat;
  readonly tenant: string;
  /** The tenant, if it was said. */
  readonly saidTenant: string | undefined;
  readonly state: ReturnType<typeof connectState>;
  readonly read: ReadDoor;
  /** A line for people, where they look; see `peopleSink`. */
  say(line: string): void;
}

/** Runs a command that needs the store, and leaves no connection open however it ends. */
export async function withContext(command: Command, run: (context: CommandContext) => Promise<void>): Promise<void> {
  const { tenant: saidTenant, output } = globalOptionsOf(command);
  const tenant = checkDnsLabel(saidTenant ?? defaultTenant, '--tenant');
  const config = commandConfig(command);
  const state = connectState(config);
  try {
    await run({
      config,
      output,
      tenant,
      saidTenant,
      state,
      read: createReadDoor(state),
      say: (line) => void peopleSink(output).write(`${line}\n`),
    });
  } catch (error) {
    throw withWayOut(error, config);
  } finally {
    await state.close();
  }
}

/** A store that does not answer: where we looked, and what a person can do. */
function withWayOut(error: unknown, config: LoadedConfig): unknown {
  if (!(error instanceof HomeostatError) || error.code !== 'STORE_UNAVAILABLE') return error;
  return new HomeostatError(error.code, {
    path: 'etcd',
    problem: `${findServers(config).etcd.endpoints.join(', ')} does not answer: ${error.problem}`,
    remedy: 'is it running? look with: homeostat doctor',
    cause: error,
  });
}
