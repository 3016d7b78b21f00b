import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Section } from '../report.ts';
import { withBed } from '../support/bed.ts';
import { makeModel, seedFleet } from '../support/fleet.ts';
import { measureCpuShare, readCpuSeconds, readMemory, waitUntilIdle } from '../support/process-usage.ts';
import { median, round } from '../support/stats.ts';

/** When a runtime tidies up for the first time, and how often it does; see `src/runtime`. */
const housekeepingAfterSeconds = 60;
const housekeepingEverySeconds = 60 * 60;
/** So often there is a sweep, and all is listed anew: a stretch as long has one of each. */
const periodSeconds = 5 * 60;
const sweeps = 4;
const memoryEverySeconds = 10;

/** A fleet in which nothing happens: what it costs a runtime, against one that has nothing. */
export const fleetSection: Section = {
  name: 'fleet',
  title: 'a fleet of settled resources, idle',
  run: ({ quick, say }) =>
    withBed(async (bed) => {
      const { servers } = bed;
      const count = quick ? 200 : 10_000;
      const seconds = quick ? 1 : periodSeconds;
      const idle = quick ? { seconds: 0.5, share: 0.5 } : {};
      /** After the first tidying up, which is counted by itself. */
      const measureIdle = async (pid: number, startedAt: number) => {
        await waitUntilIdle(pid, idle);
        const housekeepingCpuSeconds = quick ? 0 : await measureHousekeeping(pid, startedAt);
        const memory = [readMemory(pid)];
        const sampling = setInterval(() => memory.push(readMemory(pid)), memoryEverySeconds * 1_000);
        const cpuPercent = (await measureCpuShare(pid, seconds)) * 100;
        clearInterval(sampling);
        // What a list of everything takes for some seconds is in the peak.
        return {
          cpuPercent,
          housekeepingCpuSeconds,
          rssMb: median(memory.map(({ rssMb }) => rssMb)),
          peakMb: readMemory(pid).peakMb,
        };
      };

      const emptyRuntime = await bed.start('runtime');
      const empty = await measureIdle(emptyRuntime.pid, performance.now());
      const model = await makeModel(servers);
      await emptyRuntime.stop();
      await seedFleet(servers, model, count);
      say(`seeded ${count} resources`);

      const { pid } = await bed.start('runtime');
      const fleet = await measureIdle(pid, performance.now());
      say(`idle: ${round(fleet.cpuPercent)} % and ${round(fleet.rssMb)} MB`);
      const swept: Sweep[] = [];
      for (let index = 0; index < sweeps; index += 1) {
        const sweep = await sweepOnce(servers.client);
        swept.push(sweep);
        if (sweep.looked < count) throw new Error(`the sweep looked at ${sweep.looked} of ${count} resources`);
      }
      const runs = (await servers.client.workflow.count('WorkflowType = "reconcile"')).count - 1;
      const tidying = (100 * fleet.housekeepingCpuSeconds) / housekeepingEverySeconds;
      return {
        figures: [
          {
            what: 'processor over an empty runtime, with sweeps and tidying up',
            measured: round(Math.max(0, fleet.cpuPercent - empty.cpuPercent) + tidying),
            unit: '%',
            goal: { bound: 'at most', value: 1 },
          },
          {
            what: 'memory (RSS) most of the time, over an empty runtime',
            measured: round(fleet.rssMb - empty.rssMb),
            unit: 'MB',
            goal: { bound: 'at most', value: 100 },
          },
          {
            what: `the longest of ${sweeps} sweeps`,
            measured: round(Math.max(...swept.map(({ seconds }) => seconds))),
            unit: 's',
            goal: { bound: 'at most', value: 5 },
          },
          { what: 'runs it led to', measured: runs, unit: '', goal: { bound: 'at most', value: 0 } },
          { what: 'processor, empty runtime', measured: round(empty.cpuPercent), unit: '%' },
          { what: 'memory (RSS), empty runtime', measured: round(empty.rssMb), unit: 'MB' },
          { what: 'memory (RSS), the most there ever was with the fleet', measured: round(fleet.peakMb), unit: 'MB' },
          { what: 'of the first, tidying up once an hour', measured: round(tidying), unit: '%' },
        ],
        details: {
          count,
          seconds,
          empty,
          fleet,
        },
      };
    }),
};

interface Sweep {
  readonly seconds: number;
  readonly looked: number;
}

/** Has the schedule run now; how long the workflow took, and how many resources it looked at. */
async function sweepOnce(client: Client): Promise<Sweep> {
  const schedule = client.schedule.getHandle('sweep');
  const findNewest = async () => {
    const { info } = await schedule.describe();
    const action = info.recentActions.at(-1)?.action;
    return action?.type === 'startWorkflow' ? action.workflow : undefined;
  };
  const before = await findNewest();
  await schedule.trigger();
  // Two of one second have one workflow id.
  const started = await waitFor('the sweep to start', async () => {
    const newest = await findNewest();
    return newest?.firstExecutionRunId === before?.firstExecutionRunId ? undefined : newest;
  });
  const handle = client.workflow.getHandle(started.workflowId, started.firstExecutionRunId);
  const places = (await handle.result()) as readonly { readonly looked?: number; readonly fault?: string }[];
  for (const { fault } of places) if (fault !== undefined) throw new Error(fault);
  const { startTime, closeTime } = await handle.describe();
  return {
    seconds: (closeTime!.getTime() - startTime.getTime()) / 1_000,
    looked: places.reduce((sum, { looked = 0 }) => sum + looked, 0),
  };
}

/** Processor seconds of the first tidying up and of the few seconds about it. */
async function measureHousekeeping(pid: number, startedAt: number): Promise<number> {
  const secondsLeft = (until: number) => Math.max(0, until - (performance.now() - startedAt) / 1_000);
  await sleep(1_000 * secondsLeft(housekeepingAfterSeconds - 3));
  const before = readCpuSeconds(pid);
  await sleep(1_000 * secondsLeft(housekeepingAfterSeconds + 3));
  await waitUntilIdle(pid);
  return readCpuSeconds(pid) - before;
}
