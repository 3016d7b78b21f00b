import { doesAnyAnswer } from './configured-server.ts';
import { etcdEndpoint, etcdServer } from './etcd-server.ts';
import type { ServerDefinition } from './server-definition.ts';
import { findOwnServer, readRecord } from './server-record.ts';
import { logFileOf } from './spawn-server.ts';
import { temporalAddress, temporalServer, temporalUiUrl } from './temporal-server.ts';
import type { ServerStatus, ServersOptions } from './types.ts';

const ANSWER_MS = 2000;

/** What runs, where, since when and which version. Changes nothing and starts nothing. */
export async function serverStatus(options: ServersOptions): Promise<ServerStatus[]> {
  const { address } = options.temporal;
  const { endpoints } = options.etcd;
  return await Promise.all([
    address === undefined ? ownStatus(temporalServer, options) : configuredStatus('temporal', [address]),
    endpoints === undefined || endpoints.length === 0
      ? ownStatus(etcdServer, options)
      : configuredStatus('etcd', endpoints),
  ]);
}

async function configuredStatus(name: ServerStatus['name'], addresses: readonly string[]): Promise<ServerStatus> {
  const answers = await doesAnyAnswer(addresses);
  return { name, state: 'configured', addresses, startedByUs: false, answers, origin: 'configured' };
}

async function ownStatus(definition: ServerDefinition, { dataDir }: ServersOptions): Promise<ServerStatus> {
  const { name } = definition;
  const logFile = logFileOf(dataDir, name);
  const record = await findOwnServer(dataDir, name);
  if (record === undefined) {
    const last = await readRecord(dataDir, name);
    const known =
      last === undefined ? {} : { version: last.version, origin: last.origin, binary: last.binary, logFile };
    return { name, state: 'stopped', addresses: [], startedByUs: false, answers: false, ...known };
  }
  const answers = await definition.isHealthy(record.ports, ANSWER_MS);
  const { pid, ports, startedAt, version, origin, binary } = record;
  const where =
    name === 'temporal'
      ? { addresses: [temporalAddress(ports)], uiUrl: temporalUiUrl(ports) }
      : { addresses: [etcdEndpoint(ports)] };
  const state = answers ? 'running' : 'unhealthy';
  return { name, state, startedByUs: true, answers, pid, since: startedAt, version, origin, binary, logFile, ...where };
}
