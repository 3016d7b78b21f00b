import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultTenant } from '../../src/domain/identity.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Section } from '../report.ts';
import { withBed, type Bed } from '../support/bed.ts';
import { desiredValue, keyOf } from '../support/settlements.ts';
import { quantile, round, summarise } from '../support/stats.ts';

const kind = 'Instance';

/** Says when it was started, by the clock that the benchmark goes by too. */
const program = `
import { appendFileSync } from 'node:fs';
appendFileSync(process.env.STARTS, process.env.NAME + ' ' + process.pid + ' ' + Date.now() + '\\n');
setInterval(() => undefined, 60_000);
`;

interface Start {
  readonly name: string;
  readonly pid: number;
  readonly at: number;
}

/** Real processes under the real process driver, killed one after the other. The oracle is what they write themselves. */
export const driftSection: Section = {
  name: 'drift',
  title: 'a process that died until it runs again',
  run: ({ quick }) =>
    withBed(async (bed) => {
      const names = Array.from({ length: quick ? 2 : 8 }, (_, index) => `web-${index}`);
      const kills = quick ? 1 : 3;
      const { starts, running } = await startInstances(bed, names);
      const againMs: number[] = [];
      const recordedMs: number[] = [];
      for (let turn = 0; turn < kills; turn += 1) {
        for (const name of names) {
          const killedAt = Date.now();
          process.kill(-(await running(name, turn + 1)).pid, 'SIGKILL');
          againMs.push((await running(name, turn + 2)).at - killedAt);
          recordedMs.push(Date.now() - killedAt);
        }
      }
      const surplus = starts().length - names.length * (kills + 1);
      return {
        figures: [
          {
            what: 'p95 until it runs again',
            measured: round(quantile(againMs, 0.95) / 1_000),
            unit: 's',
            goal: { bound: 'at most', value: 3 },
          },
          {
            what: 'started more often than it died',
            measured: surplus,
            unit: '',
            goal: { bound: 'at most', value: 0 },
          },
          { what: 'p50 until it runs again', measured: round(quantile(againMs, 0.5) / 1_000), unit: 's' },
          { what: 'p50 until that is on record', measured: round(quantile(recordedMs, 0.5) / 1_000), unit: 's' },
        ],
        details: {
          instances: names.length,
          untilRunningMs: summarise(againMs),
          untilOnRecordMs: summarise(recordedMs),
        },
      };
    }),
};

async function startInstances({ servers, start, atEnd }: Bed, names: readonly string[]) {
  const startsFile = join(servers.folder, 'starts');
  const image = join(servers.folder, 'image');
  mkdirSync(image);
  writeFileSync(join(image, 'main.mjs'), program);
  const starts = (): readonly Start[] =>
    (existsSync(startsFile) ? readFileSync(startsFile, 'utf8').trim().split('\n') : []).map((line) => {
      const [name, pid, at] = line.split(' ');
      return { name: name!, pid: Number(pid), at: Number(at) };
    });
  // They would go on without a runtime, as they should.
  atEnd(() => starts().forEach(({ pid }) => endGroup(pid)));
  await start('runtime');
  for (const name of names) {
    const key = { tenant: defaultTenant, kind, name };
    const spec = { image, command: ['node', 'main.mjs'], env: { STARTS: startsFile, NAME: name } };
    await servers.state.store.commit(
      [],
      [{ type: 'put', key: servers.keys.desired(key), value: desiredValue(key, spec) }],
    );
  }
  /** Waits until it was started for the nth time and is on record as running so. */
  const running = (name: string, count: number): Promise<Start> =>
    waitFor(`start ${count} of ${name}`, async () => {
      const own = starts().filter((one) => one.name === name);
      const last = own.at(-1);
      if (last === undefined || own.length < count) return undefined;
      const { actual } = await servers.state.resources.read(keyOf(name, kind));
      const { state, drifted, observed } = actual!.record.status;
      return state === 'Running' && !drifted && observed?.pid === last.pid ? last : undefined;
    });
  for (const name of names) await running(name, 1);
  return { starts, running };
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
