import { assertConfiguredAnswers } from './configured-server.ts';
import { etcdEndpoint, etcdServer } from './etcd-server.ts';
import { acquireLock, waitForLock } from './exclusive-lock.ts';
import type { HeldLock, LockHolder } from './exclusive-lock.ts';
import { toIdentity } from './process-identity.ts';
import { rememberPorts, rememberedPorts } from './ports.ts';
import { withProgress } from './progress.ts';
import type { ProgressReport } from './progress.ts';
import { startLockOf, startServer } from './start-server.ts';
import type { StartedServer } from './start-server.ts';
import { ServersError } from './servers-error.ts';
import { stopProcess } from './stop-process.ts';
import { temporalAddress, temporalServer, temporalUiUrl } from './temporal-server.ts';
import type { RunningServers, ServersOptions } from './types.ts';

const WAIT_FOR_OTHERS_MS = 10 * 60_000;
const GRACE_MS = 10_000;

/**
 * Brings up Temporal and etcd, both at once, and gives their addresses when both answer. A server with a configured address is
 * only looked at; one of ours that still runs is used again; anything else is found, fetched or built, and started. Repeating
 * it, also from several processes, is safe. When one fails, the other is ended again if this call started it.
 *
 * `onSpawned` is called once there is nothing left to do but to wait for them: for work that needs none of them.
 */
export async function startServers(
  options: ServersOptions,
  report: ProgressReport,
  onSpawned: () => void = () => {},
): Promise<RunningServers> {
  const lock = await lockStarting(startLockOf(options.dataDir), report);
  if (!('release' in lock)) {
    throw new ServersError(
      'START_LOCKED',
      `${options.dataDir}: process ${lock.heldBy.pid} has been starting the servers since ${lock.heldBy.since} — end it and try again`,
    );
  }
  try {
    return await startBoth(options, report, onSpawned);
  } finally {
    await lock.release();
  }
}

async function lockStarting(file: string, report: ProgressReport): Promise<HeldLock | LockHolder> {
  const lock = await acquireLock(file);
  if ('release' in lock) return lock;
  const text = `waiting for process ${lock.heldBy.pid}, which is starting them`;
  return await withProgress(report, 'servers', text, () => waitForLock(file, WAIT_FOR_OTHERS_MS));
}

async function startBoth(
  options: ServersOptions,
  report: ProgressReport,
  onSpawned: () => void,
): Promise<RunningServers> {
  const remembered = await rememberedPorts(options.dataDir);
  const context = { options, report };
  const [temporalSpawned, etcdSpawned] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  void Promise.all([temporalSpawned.promise, etcdSpawned.promise]).then(onSpawned);
  const { address } = options.temporal;
  const { endpoints } = options.etcd;
  const isEtcdConfigured = endpoints !== undefined && endpoints.length > 0;
  if (address !== undefined) temporalSpawned.resolve();
  if (isEtcdConfigured) etcdSpawned.resolve();
  const [temporal, etcd] = await Promise.allSettled([
    address === undefined
      ? startServer(temporalServer, remembered, { ...context, onSpawned: temporalSpawned.resolve })
      : assertConfiguredAnswers('temporal', 'temporal.address', [address], report),
    isEtcdConfigured
      ? assertConfiguredAnswers('etcd', 'etcd.endpoints', endpoints, report)
      : startServer(etcdServer, remembered, { ...context, onSpawned: etcdSpawned.resolve }),
  ]);
  if (temporal.status === 'rejected' || etcd.status === 'rejected') {
    await Promise.all([temporal, etcd].map(undo));
    throw firstReason([temporal, etcd]);
  }
  await rememberPorts(options.dataDir, { ...temporal.value?.record.ports, ...etcd.value?.record.ports });
  return {
    temporal: toTemporal(address, temporal.value),
    etcd: toEtcd(endpoints, etcd.value),
  };
}

/** What went wrong first; with both broken, the second shows at the next try. */
function firstReason(results: readonly PromiseSettledResult<unknown>[]): unknown {
  return results.find((result) => result.status === 'rejected')?.reason;
}

async function undo(started: PromiseSettledResult<StartedServer | undefined>): Promise<void> {
  if (started.status === 'fulfilled' && started.value?.isNew === true)
    await stopProcess(started.value.record, GRACE_MS);
}

function toTemporal(address: string | undefined, started: StartedServer | undefined): RunningServers['temporal'] {
  if (started === undefined) return { address: address ?? '', origin: 'configured' };
  const { ports, origin } = started.record;
  return { address: temporalAddress(ports), uiUrl: temporalUiUrl(ports), origin, process: toIdentity(started.record) };
}

function toEtcd(endpoints: readonly string[] | undefined, started: StartedServer | undefined): RunningServers['etcd'] {
  if (started === undefined) return { endpoints: endpoints ?? [], origin: 'configured' };
  const { ports, origin } = started.record;
  return { endpoints: [etcdEndpoint(ports)], origin, process: toIdentity(started.record) };
}
