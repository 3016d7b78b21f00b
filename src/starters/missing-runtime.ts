import { setTimeout as sleep } from 'node:timers/promises';
import { HomeostatError } from '../domain/failure.ts';
import type { Hosts } from '../state/hosts.ts';
import { createPatience } from './patience.ts';
import type { RunMessages } from './run-messages.ts';

/** Who can tell whether a runtime is there: the hosts' leases in the store, and for its workers Temporal. */
export interface RuntimeSigns {
  readonly hosts: Pick<Hosts, 'list'>;
  readonly messages?: Pick<RunMessages, 'hasWorker'>;
}

const lookEveryMs = 1_000;
/** A Temporal that has just started knows of no worker before its next poll, which may come ten seconds later. */
const workerlessMs = 15_000;

/** `NOT_RUNNING` when nobody would do the work now, else undefined. A runtime that was killed counts for ten seconds more. */
export async function findMissingRuntime(signs: RuntimeSigns): Promise<HomeostatError | undefined> {
  return (await findMissingHosts(signs)) ?? findMissingWorker(signs);
}

async function findMissingHosts({ hosts }: RuntimeSigns): Promise<HomeostatError | undefined> {
  if ((await hosts.list()).length > 0) return undefined;
  return new HomeostatError('NOT_RUNNING', {
    path: 'runtime',
    problem: 'no runtime is running that works on runs',
    remedy: 'start one with: homeostat up (or homeostat runtime --role worker, against servers of your own)',
  });
}

async function findMissingWorker({ messages }: RuntimeSigns): Promise<HomeostatError | undefined> {
  if ((await messages?.hasWorker()) !== false) return undefined;
  return new HomeostatError('NOT_RUNNING', {
    path: 'runtime',
    problem: 'runtimes are on record, and this Temporal knows none of them',
    remedy: 'look whether they still run, with the same temporal.address and temporal.namespace as here',
  });
}

/**
 * Waits for what only a runtime can answer, for as long as one is there; then stops asking and throws `NOT_RUNNING`. While
 * nobody can tell, because a server is away, it goes on waiting, and notes so.
 */
export async function whileRuntimeIsThere<Answer>(
  signs: RuntimeSigns,
  ask: (signal: AbortSignal) => Promise<Answer>,
  note: (text: string) => void,
): Promise<Answer> {
  const missing = await findMissingRuntime(signs);
  if (missing !== undefined) throw missing;
  const done = new AbortController();
  const patience = createPatience((text) => {
    if (!done.signal.aborted) note(text);
  });
  const watch = async (): Promise<never> => {
    let workerSeenAt = performance.now();
    for (;;) {
      await sleep(lookEveryMs, undefined, { signal: done.signal });
      const missing = await patience.look(async () => {
        const hosts = await findMissingHosts(signs);
        // Without a host nobody asks Temporal, which may have gone with it.
        return { hosts, worker: hosts === undefined ? await findMissingWorker(signs) : undefined };
      });
      if (missing?.hosts !== undefined) throw missing.hosts;
      if (missing?.worker === undefined) workerSeenAt = performance.now();
      else if (performance.now() - workerSeenAt >= workerlessMs) throw missing.worker;
    }
  };
  try {
    return await Promise.race([ask(done.signal), watch()]);
  } finally {
    done.abort();
  }
}
