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

type Close = () => unknown;
const openBeds = new Set<Close>();

/** Temporal slows down with the runs it keeps, by a fifth after some 12,000, so each section has its own. */
export async function withBed<Result>(work: (bed: Bed) => Promise<Result>): Promise<Result> {
  const servers = await startTestServers();
  const closes: Close[] = [() => servers.stop()];
  const close = async () => {
    openBeds.delete(close);
    for (const one of closes.splice(0).toReversed()) await one();
  };
  openBeds.add(close);
  const atEnd = (one: Close) => void closes.push(one);
  try {
    return await work({
      servers,
      atEnd,
      async start(program, options) {
        const started = await startWorkerProcess(servers, program, options);
        atEnd(() => started.stop());
        return started;
      },
      async watchSettlements() {
        const settlements = await watchSettlements(servers);
        atEnd(() => settlements.close());
        return settlements;
      },
    });
  } finally {
    await close();
  }
}

/** For an end in the middle: no server or process of ours is left behind. */
export async function closeOpenBeds(): Promise<void> {
  await Promise.allSettled([...openBeds].map(async (close) => close()));
}
