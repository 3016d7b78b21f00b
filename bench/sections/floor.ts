import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { createFloorNamespace, floorNamespace, runFloor } from '../floor/run-floor.ts';
import type { Section } from '../report.ts';
import { withBed, type Bed } from '../support/bed.ts';
import { readEtcdCalls } from '../support/etcd-calls.ts';
import { medianTimes, readRun, type RunHistory } from '../support/history.ts';
import { inFlight } from '../support/in-flight.ts';
import { readMemory } from '../support/process-usage.ts';
import { keyOf } from '../support/settlements.ts';
import { median, quantile, round, spread } from '../support/stats.ts';

const steps = 4;
/** Around the steps ours has two: observe and plan, verify and record. */
const activities = steps + 2;
const runsInFlight = 50;

interface Side {
  /** Milliseconds of one run, from asking for it to having it. */
  one(): Promise<number>;
  /** Milliseconds of each run of each round, one at a time. */
  readonly latencies: number[][];
  /** Runs a second of each round, with many in flight. */
  readonly rates: number[];
}

/**
 * Ours against a bare workflow of as many activities that do nothing: the same server, worker settings, time-outs,
 * heartbeat and way to start, in turns, so that whatever else the machine does hits both.
 */
export const floorSection: Section = {
  name: 'floor',
  title: `a run of ${steps} steps against a bare workflow of ${activities} activities`,
  run: ({ quick, say }) =>
    withBed(async (bed) => {
      const sizes = quick
        ? { rounds: 1, warmUp: 2, single: 3, many: 10 }
        : { rounds: 9, warmUp: 100, single: 25, many: 100 };
      const { floor, ours, ...bench } = await startSides(bed);
      const sides = [floor, ours];
      for (const side of sides) await inFlight(sizes.warmUp, runsInFlight, side.one);
      for (let index = 0; index < sizes.rounds; index += 1) {
        await measureLatencies(sides, sizes.single);
        // A, B, then B, A: what grows over time is nobody's advantage.
        for (const side of index % 2 === 0 ? sides : sides.toReversed())
          side.rates.push(await inFlight(sizes.many, runsInFlight, side.one));
        say(`round ${index + 1} of ${sizes.rounds}: floor ${showRound(floor)}, ours ${showRound(ours)}`);
      }
      const histories = await bench.readHistories(quick ? 2 : 30);
      const p50 = (side: Side) => median(side.latencies.flat());
      const p90 = (side: Side) => quantile(side.latencies.flat(), 0.9);
      const rate = (side: Side) => median(side.rates);
      const ratios = ours.latencies.map((latencies, index) => median(latencies) / median(floor.latencies[index]!));
      // Of the two that stood next to each other: the machine's pace changes by more from round to round.
      const rateRatios = ours.rates.map((each, index) => each / floor.rates[index]!);
      const memory = bench.readMemories();
      return {
        figures: [
          {
            what: 'p50, ours to the floor (ratio)',
            measured: round(p50(ours) / p50(floor)),
            unit: '',
            goal: { bound: 'at most', value: 1.2 },
          },
          {
            what: `runs a second at ${runsInFlight} in flight, ours to the floor (ratio)`,
            measured: round(median(rateRatios)),
            unit: '',
            goal: { bound: 'at least', value: 0.8 },
          },
          { what: 'floor: p50', measured: round(p50(floor)), unit: 'ms' },
          { what: 'ours: p50, etcd write to status', measured: round(p50(ours)), unit: 'ms' },
          { what: 'floor: p90', measured: round(p90(floor)), unit: 'ms' },
          { what: 'ours: p90', measured: round(p90(ours)), unit: 'ms' },
          { what: 'floor: runs a second', measured: round(rate(floor)), unit: '/s' },
          { what: 'ours: runs a second', measured: round(rate(ours)), unit: '/s' },
          {
            what: 'floor: history',
            measured: histories.floor.storedBytes,
            unit: `B, ${histories.floor.events} events`,
          },
          { what: 'ours: history', measured: histories.ours.storedBytes, unit: `B, ${histories.ours.events} events` },
          { what: "floor: workers' memory (RSS)", measured: round(memory.floor.rssMb), unit: 'MB' },
          { what: "ours: runtime's memory (RSS)", measured: round(memory.runtime.rssMb), unit: 'MB' },
          {
            what: 'noise: spread of p50 over the rounds, floor',
            measured: round(spread(floor.latencies.map(median))),
            unit: '',
          },
          {
            what: 'noise: spread of p50 over the rounds, ours',
            measured: round(spread(ours.latencies.map(median))),
            unit: '',
          },
          { what: 'noise: spread of the ratio of runs a second', measured: round(spread(rateRatios)), unit: '' },
        ],
        details: {
          sizes,
          ratioOfEachRound: { p50: ratios.map(round), runsPerSecond: rateRatios.map(round) },
          rounds: { floor: toDetails(floor), ours: toDetails(ours) },
          memory: { floor: { ...memory.floor }, ours: { ...memory.runtime } },
          medianTimesMs: { floor: { ...histories.floor.times }, ours: { ...histories.ours.times } },
          etcdCallsOfOneRun: await bench.countEtcdCalls(),
        },
      };
    }),
};

async function startSides(bed: Bed) {
  const { servers } = bed;
  const { client } = servers;
  const floorClient = await createFloorNamespace(client.connection);
  const environment = { HOMEOSTAT_TEMPORAL_NAMESPACE: floorNamespace };
  const floorWorkers = await bed.start('floor', { environment });
  const runtime = await bed.start('runtime');
  const settlements = await bed.watchSettlements();
  let floorRuns = 0;
  let ourRuns = 0;
  const converge = async () => {
    const name = `web-${(ourRuns += 1)}`;
    const { ms } = await settlements.converge(name, { size: 1, steps });
    // The run ends a moment after its status: what comes next does not pay for that.
    await client.workflow.getHandle(toReconcileWorkflowId(keyOf(name))).result();
    return ms;
  };
  const floor: Side = {
    one: () => runFloor(floorClient, `web-${(floorRuns += 1)}`, activities),
    latencies: [],
    rates: [],
  };
  const ours: Side = { one: converge, latencies: [], rates: [] };

  /** Fresh runs of both, one at a time. */
  const readHistories = async (count: number) => {
    const read = async (side: Side, from: typeof client, newest: () => number) => {
      const runs: RunHistory[] = [];
      for (let index = 0; index < count; index += 1) {
        await side.one();
        const id = toReconcileWorkflowId(keyOf(`web-${newest()}`));
        runs.push(await readRun(from, id));
      }
      return { ...runs.at(-1)!, times: medianTimes(runs, (values) => round(median(values))) };
    };
    return { floor: await read(floor, floorClient, () => floorRuns), ours: await read(ours, client, () => ourRuns) };
  };
  return {
    floor,
    ours,
    readHistories,
    readMemories: () => ({ floor: readMemory(floorWorkers.pid), runtime: readMemory(runtime.pid) }),
    /** Calls by method, the benchmark's own write taken off. */
    async countEtcdCalls() {
      const runs = 10;
      const before = await readEtcdCalls(servers.etcdEndpoints[0]!);
      for (let index = 0; index < runs; index += 1) await converge();
      const after = await readEtcdCalls(servers.etcdEndpoints[0]!);
      const own = { range: 0, txn: 1, put: 0 };
      return Object.fromEntries(
        (['range', 'txn', 'put'] as const).map((method) => [
          method,
          round((after[method] - before[method]) / runs - own[method]),
        ]),
      );
    },
  };
}

/** One run of each at a time, in turns: a machine whose pace changes within a round changes it for both. */
async function measureLatencies(sides: readonly Side[], count: number) {
  for (const side of sides) side.latencies.push([]);
  for (let index = 0; index < count; index += 1)
    for (const side of index % 2 === 0 ? sides : sides.toReversed()) side.latencies.at(-1)!.push(await side.one());
}

function showRound({ latencies, rates }: Side): string {
  return `${round(median(latencies.at(-1)!))} ms and ${round(rates.at(-1)!)} runs/s`;
}

function toDetails({ latencies, rates }: Side) {
  return { p50: latencies.map((values) => round(median(values))), runsPerSecond: rates.map(round) };
}
