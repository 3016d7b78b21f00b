import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../../src/servers/index.ts';
import { freezeProcess } from '../../support/freeze-process.ts';

/** A real etcd of one test file: its own data, its own ports, to be hurt at will. */
export interface EtcdProcess {
  readonly endpoint: string;
  readonly port: number;
  /** SIGKILL; the data stays. */
  kill(): Promise<void>;
  /** Starts again on the same data and port. */
  restart(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): void;
  /** Kills, and forgets all data. */
  wipe(): Promise<void>;
  close(): Promise<void>;
}

export async function startEtcd(...flags: string[]): Promise<EtcdProcess> {
  const binary = process.env.HOMEOSTAT_TEST_ETCD;
  if (binary === undefined) {
    throw new Error(
      'HOMEOSTAT_TEST_ETCD is not set: these tests need the path of an etcd 3.6 or newer — run them with: npm test',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-etcd-'));
  const dataDir = join(folder, 'data');
  const port = await findFreePort();
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${await findFreePort()}`;
  let child: ChildProcess | undefined;

  const start = async () => {
    const started = spawn(
      binary,
      [
        '--name=test',
        `--data-dir=${dataDir}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=test=${peer}`,
        '--heartbeat-interval=50',
        '--election-timeout=250',
        '--enable-grpc-gateway=false',
        '--unsafe-no-fsync',
        '--log-level=error',
        ...flags,
      ],
      { stdio: 'ignore' },
    );
    child = started;
    await waitForHealth(client, started);
  };
  const kill = async () => {
    if (child === undefined) return;
    const dying = child;
    child = undefined;
    if (dying.exitCode !== null || dying.signalCode !== null) return;
    dying.kill('SIGKILL');
    await once(dying, 'exit');
  };

  await start();
  return {
    endpoint: client,
    port,
    kill,
    restart: start,
    freeze: () => freezeProcess(child!.pid!),
    thaw: () => void child?.kill('SIGCONT'),
    async wipe() {
      await kill();
      await rm(dataDir, { recursive: true });
    },
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function waitForHealth(endpoint: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (child.exitCode !== null) throw new Error(`etcd ended with exit code ${child.exitCode}`);
    try {
      const answer = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(1_000) });
      if (answer.ok) return;
    } catch {
      // Not up yet.
    }
    await sleep(25);
  }
  throw new Error('etcd did not come up within 10 s');
}
