import { openAll, type Closers } from '../../src/runtime/closers.ts';
import { startTestServers, type TestServers } from '../../test/support/test-servers.ts';
import { watchSettlements, type Settlements } from './settlements.ts';
import { startWorkerProcess, type WorkerProcess, type WorkerProcessOptions } from './worker-process.ts';

/** Fresh servers of one section, and what runs on them. All ends with the section, however it ends. */
export interface Bed {
  readonly servers: TestServers;
  start(program: 'runtime' | 'floor', options?: WorkerProcessOptions): Promise<WorkerProcess>;
  watchSettlements(): Promise<Settlements>;
  /** Called at the end, before the servers go; the last one added comes first. */
  atEnd(close: () => unknown): void;
}

const openBeds = new Set<Closers>();

/** Temporal slows down with the runs it keeps, by a fifth after some 12,000, so each section has its own. */
export function withBed<Result>(work: (bed: Bed) => Promise<Result>): Promise<Result> {
  return openAll(console, async (closers) => {
    openBeds.add(closers);
    try {
      const result = await work(await openBed(closers));
      await closers.closeAll();
      return result;
    } finally {
      openBeds.delete(closers);
    }
  });
}

async function openBed(closers: Closers): Promise<Bed> {
  const servers = await startTestServers();
  closers.add(() => servers.stop());
  return {
    servers,
    atEnd: (close) => closers.add(async () => close()),
    async start(program, options) {
      const started = await startWorkerProcess(servers, program, options);
      closers.add(() => started.stop());
      return started;
    },
    async watchSettlements() {
      const settlements = await watchSettlements(servers);
      closers.add(() => settlements.close());
      return settlements;
    },
  };
}

/** For an end in the middle: no server or process of ours is left behind. */
export async function closeOpenBeds(): Promise<void> {
  await Promise.allSettled([...openBeds].map((closers) => closers.closeAll()));
}
