import { join } from 'node:path';
import { findBinary } from './find-binary.ts';
import { claimIfFree, claimPort } from './ports.ts';
import type { ClaimedPort, PortName, Ports } from './ports.ts';
import { withProgress } from './progress.ts';
import type { ProgressReport } from './progress.ts';
import type { ServerDefinition } from './server-definition.ts';
import { assertNotOlder, findOwnServer, readDataState, writeDataState, writeRecord } from './server-record.ts';
import type { ServerRecord } from './server-record.ts';
import { ServersError } from './servers-error.ts';
import { spawnServer, waitUntil, waitUntilListening } from './spawn-server.ts';
import { stopProcess } from './stop-process.ts';
import type { FindContext, FoundBinary } from './types.ts';
import { compareVersions } from './versions.ts';

/** A port can be taken by a stranger after we looked, and a database be held for a moment by a server that is ending. */
const ATTEMPTS = 3;
const RETRY_AFTER_MS = 300;
/** How long a server of ours that runs already may take to answer before it counts as hung. */
const ANSWER_MS = 3000;

/** The file of the lock that whoever starts a server of this data folder holds. */
export const startLockOf = (dataDir: string): string => join(dataDir, 'servers', 'start.lock');

export interface StartedServer {
  readonly record: ServerRecord;
  /** False when it ran already. */
  readonly isNew: boolean;
}

interface StartContext extends FindContext {
  /** Called once the server's process is there, and again should another have to take its place. */
  readonly onSpawned?: () => void;
  /** Where others look for it: these ports or none. Without them the wished ones, or any. */
  readonly ports?: Ports;
  /** Gives the start up: nothing is left running that this start has begun. */
  readonly signal?: AbortSignal;
}

type Claims = Partial<Record<PortName, ClaimedPort>>;

/** Gives the one running server of this data folder, starting it unless it runs. The caller holds the start lock. */
export async function startServer(
  definition: ServerDefinition,
  remembered: Ports,
  context: StartContext,
): Promise<StartedServer> {
  const running = await findAnswering(definition, context);
  if (running !== undefined) context.onSpawned?.();
  const record = running ?? (await startNew(definition, remembered, context));
  await prepareData(definition, record, context);
  return { record, isNew: running === undefined };
}

async function startNew(definition: ServerDefinition, remembered: Ports, context: StartContext): Promise<ServerRecord> {
  const { options, report } = context;
  const state = await readDataState(options.dataDir, definition.name);
  const binary = await findBinary(definition.name, options, report, state?.version);
  assertNotOlder(definition.name, binary, state, options.dataDir);
  return await withProgress(
    report,
    definition.name,
    'starting',
    async () => await startWithRetries(definition, binary, remembered, context),
    ({ version, ports, pid }) => `${version} on port ${definition.mainPort(ports)}, process ${pid}`,
  );
}

/** Also for a server that runs already: whoever started it may have died before this. */
async function prepareData(
  definition: ServerDefinition,
  record: ServerRecord,
  { options }: FindContext,
): Promise<void> {
  const state = await readDataState(options.dataDir, definition.name);
  const isPrepared = definition.preparation === state?.prepared;
  const isKnown = state !== undefined && compareVersions(record.version, state.version) <= 0;
  if (isPrepared && isKnown) return;
  if (!isPrepared) await definition.prepare?.(record.binary, record.ports);
  const prepared = definition.preparation === undefined ? {} : { prepared: definition.preparation };
  const version = isKnown ? state.version : record.version;
  writeDataState(options.dataDir, definition.name, { version, ...prepared });
}

async function findAnswering(definition: ServerDefinition, context: FindContext): Promise<ServerRecord | undefined> {
  const { options, report } = context;
  const record = await findOwnServer(options.dataDir, definition.name);
  if (record === undefined) return undefined;
  const subject = definition.name;
  if (await answersWithin(definition, record, 0)) return told(definition, record, report);
  const patience = `process ${record.pid} runs but does not answer: waiting ${ANSWER_MS / 1000} s`;
  const answers = await withProgress(report, subject, patience, () => answersWithin(definition, record, ANSWER_MS));
  if (answers) return told(definition, record, report);
  await withProgress(report, subject, `ending process ${record.pid}`, () => stopProcess(record, ANSWER_MS));
  return undefined;
}

async function answersWithin(definition: ServerDefinition, record: ServerRecord, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    if (await definition.isHealthy(record.ports, 1000)) return true;
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function told(definition: ServerDefinition, record: ServerRecord, report: ProgressReport): ServerRecord {
  const text = `runs already: ${record.version} on port ${definition.mainPort(record.ports)}, process ${record.pid}`;
  report({ type: 'note', subject: definition.name, text });
  return record;
}

async function startWithRetries(
  definition: ServerDefinition,
  binary: FoundBinary,
  remembered: Ports,
  context: StartContext,
): Promise<ServerRecord> {
  for (let attempt = 1; ; attempt += 1) {
    context.signal?.throwIfAborted();
    const claims: Claims = {};
    try {
      await claimPorts(claims, definition, remembered, context);
      return await startOnce(definition, binary, portsOf(claims), context);
    } catch (error) {
      const mayHelp = error instanceof ServersError && error.code === 'SERVER_NOT_STARTED' && attempt < ATTEMPTS;
      if (!mayHelp) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS * attempt));
    } finally {
      await Promise.all(Object.values(claims).map(async (claim) => await claim.release()));
    }
  }
}

async function startOnce(
  definition: ServerDefinition,
  binary: FoundBinary,
  ports: Ports,
  { options, onSpawned, signal }: StartContext,
): Promise<ServerRecord> {
  const argv = definition.argv(options.dataDir, ports);
  const server = await spawnServer(definition.name, binary.path, argv, options.dataDir);
  const { version, origin, path } = binary;
  const startedAt = new Date().toISOString();
  const record: ServerRecord = { ...server.identity, startedAt, ports, version, origin, binary: path };
  try {
    // Before it is known to work, in the turn its process began: should we die now, the next start knows it as ours.
    writeRecord(options.dataDir, definition.name, record);
    onSpawned?.();
    await waitUntilListening(definition.name, server, definition.mainPort(ports), signal);
    await waitUntil(definition.name, server, async () => await definition.isHealthy(ports, 1000), signal);
    return record;
  } catch (error) {
    await stopProcess(record, 0);
    throw error;
  }
}

async function claimPorts(
  claims: Claims,
  definition: ServerDefinition,
  remembered: Ports,
  { options, report, ports }: StartContext,
): Promise<void> {
  for (const { name, wishes } of definition.wishedPorts(options, remembered)) {
    const fixed = ports?.[name];
    const claim = fixed === undefined ? await claimPort(wishes) : await claimIfFree(fixed);
    if (claim === undefined) {
      throw new ServersError(
        'SERVER_NOT_STARTED',
        `${definition.name}: another program has its port ${fixed} — end that program`,
      );
    }
    claims[name] = claim;
    const wished = wishes.find((port) => port !== undefined);
    if (fixed !== undefined || wished === undefined || wished === claim.port) continue;
    report({
      type: 'note',
      subject: definition.name,
      text: `port ${wished} is taken: using ${claim.port} from now on`,
    });
  }
}

function portsOf(claims: Claims): Ports {
  return Object.fromEntries(Object.entries(claims).map(([name, { port }]) => [name, port]));
}
