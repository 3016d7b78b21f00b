import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersion } from '../../src/domain/resource.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { reportIssue } from '../support/report-issue.ts';
import { widgetKey } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Limits from configuration, held under load over two runtimes, and shared fairly. Told by the effect server's clock. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterAll(() => bed?.stop());

const effectsOf = (prefix: string) => bed.effects.effects().filter(({ object }) => object.includes(`.${prefix}-`));

async function putMany(prefix: string, count: number, tenant = 'default'): Promise<void> {
  for (let index = 0; index < count; index += 100) {
    const writes = Array.from({ length: Math.min(100, count - index) }, (_, offset) => {
      const key = { tenant, kind: 'Widget', name: `${prefix}-${index + offset}` };
      const { kind, name } = key;
      const value = JSON.stringify({ apiVersion, kind, metadata: { name, tenant }, spec: { size: 1 } });
      return { type: 'put', key: bed.servers.keys.desired(key), value } as const;
    });
    await bed.servers.state.store.commit([], writes);
  }
}

const startTwo = (environment: Readonly<Record<string, string>>) =>
  Promise.all(['host-a', 'host-b'].map((host) => bed.start({ host, environment })));

describe('of two activities at once on each', () => {
  beforeAll(async () => {
    await startTwo({ HOMEOSTAT_CONCURRENT_ACTIVITIES: '2', HOMEOSTAT_SWEEP_EVERY: '1h' });
  });
  afterAll(() => bed.killRuntimes());

  test('no worker does more at once than it may, and two do more than one', async () => {
    await bed.effects.setBehaviour({ delayMs: 400 });
    await putMany('capped', 16);
    let most = 0;
    await waitFor(
      'all effects',
      async () => {
        most = Math.max(most, (await bed.effects.underWay()).length);
        return effectsOf('capped').length === 16;
      },
      60_000,
    );
    await bed.effects.setBehaviour({ delayMs: 0 });
    expect(most).toBeGreaterThan(2);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('a storm of alerts about many resources is repaired within the same limits, each once', async () => {
    const names = Array.from({ length: 16 }, (_, index) => `stormy-${index}`);
    await putMany('stormy', names.length);
    for (const name of names) await bed.running(widgetKey(name));
    for (const name of names) await bed.effects.meddle(`default.widget.${name}`, 'put', { size: 99 });
    await bed.effects.setBehaviour({ delayMs: 400 });
    // Five alerts of each, as they come when a rack goes down.
    const alerts = Array.from({ length: 5 }, () => names).flat();
    await Promise.all(alerts.map((name) => reportIssue(bed.servers.client, widgetKey(name))));
    let most = 0;
    const isOver = async (name: string): Promise<boolean> =>
      (await bed.servers.state.incidents.get(widgetKey(name), 'service_down'))?.state === 'resolved';
    await waitFor(
      'all incidents to be over',
      async () => {
        most = Math.max(most, (await bed.effects.underWay()).length);
        return (await Promise.all(names.map(isOver))).every(Boolean);
      },
      120_000,
    );
    await bed.effects.setBehaviour({ delayMs: 0 });
    expect(most).toBeLessThanOrEqual(4);
    for (const name of names) expect(bed.effectsOn(widgetKey(name)).map(({ value }) => value?.size)).toEqual([1, 1]);
  });
});

test("a tenant's flood over two runtimes delays nobody else beyond a fair share", async () => {
  await startTwo({ HOMEOSTAT_CONCURRENT_ACTIVITIES: '1' });
  await bed.effects.setBehaviour({ delayMs: 200 });
  await putMany('flood', 70, 'loud');
  await waitFor('the flood to run', () => effectsOf('flood').length >= 10, 60_000);
  await putMany('single', 3, 'quiet');
  const before = effectsOf('flood').length;
  await waitFor('the quiet ones', () => effectsOf('single').length === 3, 60_000);
  // Without shares the sixty that wait come first. With them it is one for one, and what goes on while the three are begun:
  // ten to twenty, on a machine that is busy otherwise.
  const meanwhile = effectsOf('flood').length - before;
  expect(meanwhile).toBeLessThanOrEqual(35);
  await bed.effects.setBehaviour({ delayMs: 0 });
  await waitFor('all of the flood', () => effectsOf('flood').length === 70, 60_000);
});
