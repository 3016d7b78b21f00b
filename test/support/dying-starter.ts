import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import type { ServersOptions } from '../../src/servers/index.ts';

/** Starts servers, given as JSON, and is killed in the turn after the first one's process is there, having said which it is. */
const { spawn } = childProcess;
const spawnAndDie = (command: string, argv: readonly string[], options: childProcess.SpawnOptions) => {
  const child = spawn(command, argv, options);
  // Programs that are only asked for their version are not.
  if (options.detached !== true) return child;
  process.stdout.write(`${child.pid}\n`);
  setImmediate(() => process.kill(process.pid, 'SIGKILL'));
  return child;
};
childProcess.spawn = spawnAndDie as typeof spawn;
syncBuiltinESMExports();

const { startServers } = await import('../../src/servers/index.ts');
await startServers(JSON.parse(process.argv[2] ?? '') as ServersOptions, () => undefined);
