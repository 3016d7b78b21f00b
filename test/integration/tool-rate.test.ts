import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { taskQueues } from '../../src/domain/messages.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { burst, mostWithin, spanOf, speedOf, startsByQueue } from '../support/pace.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * `runtime.toolsPerSecond` over two runtimes, for what any host can do and for what only one can. Judged by how the same
 * runtimes do the same work without it, so that a slow machine is not taken for a limit.
 */
type Starts = ReadonlyMap<string, readonly number[]>;

const widgets = 16;
const hostBoundFrom = 500;

let bed: FaultBed;
let free: Starts;
let paced: Starts;
let perSecond: number;
beforeAll(async () => {
  bed = await startFaultBed();
  await startTwo({});
  await resize(1);
  free = await resize(2);
  await bed.killRuntimes();
  // A third of what they do without it, where that is not much.
  const slowest = Math.min(speedOf(busiest(free, 'tools')), speedOf(busiest(free, 'host')));
  perSecond = Math.max(1, Math.min(4, slowest / 3));
  await startTwo({ HOMEOSTAT_TOOLS_PER_SECOND: String(perSecond) });
  paced = await resize(3);
}, 200_000);
afterAll(() => bed?.stop());

async function startTwo(environment: Readonly<Record<string, string>>): Promise<void> {
  const all = { HOMEOSTAT_SWEEP_EVERY: '1h', HOMEOSTAT_RETRY_FIRST: '1s', ...environment };
  await Promise.all(['host-a', 'host-b'].map((host) => bed.start({ host, hostBoundFrom, environment: all })));
}

/** Gives widgets of both sorts another size, and tells when the activities of that began. */
async function resize(size: number): Promise<Starts> {
  const since = new Date();
  const put = Array.from({ length: widgets }, (_, index) => [
    { name: `free-${index}`, spec: { size } },
    { name: `bound-${index}`, spec: { size: hostBoundFrom + size } },
  ]).flat();
  for (const key of await bed.putMany(put)) await bed.running(key, 90_000);
  const { workflow } = bed.servers.client;
  await waitFor('all runs to end', async () => (await workflow.count('ExecutionStatus = "Running"')).count === 0);
  return startsByQueue(bed.servers.client, since);
}

type Place = 'tools' | 'host';

/** By queue; which host has how much of its sort is chance. */
function startsOf(starts: Starts, place: Place): readonly (readonly number[])[] {
  const isOfPlace = (queue: string) =>
    place === 'tools' ? queue === taskQueues.tools : queue.startsWith(taskQueues.host(''));
  return [...starts].filter(([queue]) => isOfPlace(queue)).map(([, times]) => times);
}

function busiest(starts: Starts, place: Place): readonly number[] {
  return startsOf(starts, place).toSorted((left, right) => right.length - left.length)[0]!;
}

describe.each([
  { place: 'tools', what: 'what any host can do' },
  { place: 'host', what: 'what only one host can do' },
] as const)('the rate of tools for $what', ({ place }) => {
  test('holds on each queue over all its workers, for observations as for steps', () => {
    // Of each change an observation, a step and a check.
    expect(startsOf(paced, place).flat().length).toBeGreaterThanOrEqual(3 * widgets);
    for (const times of startsOf(paced, place)) {
      expect(mostWithin(times, 2_000)).toBeLessThanOrEqual(2 * perSecond + burst);
    }
    const times = busiest(paced, place);
    expect(spanOf(times)).toBeGreaterThan((1_000 * (times.length - burst)) / perSecond);
  });

  test('makes the same runtimes clearly slower at the same work', () => {
    expect(speedOf(busiest(free, place)) / speedOf(busiest(paced, place))).toBeGreaterThan(1.5);
  });
});
