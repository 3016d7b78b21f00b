import { execFile } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { binaryOf } from '../../test/support/test-servers.ts';

const run = promisify(execFile);

/** What the numbers depend on. Says nothing of who or where the machine is. */
export async function describeMachine() {
  const [temporal, etcd] = await Promise.all([
    run(binaryOf('TEMPORAL'), ['--version']),
    run(binaryOf('ETCD'), ['--version']),
  ]);
  return {
    processors: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    temporal: firstLine(temporal.stdout),
    etcd: firstLine(etcd.stdout),
    /** Over the last minute, before we began: others' work that the numbers suffer from. */
    load: loadavg()[0] ?? 0,
  };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.trim();
}
