import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { findFreePort } from '../../src/servers/index.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { FakePrometheus } from '../support/fake-prometheus.ts';
import { startTestRuntime, type TestRuntime } from '../support/test-runtime.ts';
import { startTestServers, type TestServers } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/** As long as the proof of a repair that does not help is waited for, and more. */
const longMs = 180_000;

/** Real processes with faults that nobody reports: the runtime finds them by itself. The oracle is the file of starts. */
let servers: TestServers;
let runtime: TestRuntime;
let image: string;
const prometheus = new FakePrometheus();

const program = `
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
appendFileSync(process.env.STARTS, process.pid + '\\n');
const hoard = [];
const isFirst = readFileSync(process.env.STARTS, 'utf8').split('\\n').length === 2;
if (process.env.LEAKS && isFirst) setInterval(() => hoard.push(Buffer.alloc(2 * 1024 * 1024, 1)), 100);
createServer((_, response) => response.end('well')).listen(Number(process.env.PORT), '127.0.0.1');
`;
const names = ['web', 'frozen', 'full', 'leaky'] as const;
const startsFileOf = (name: string) => join(servers.folder, `starts-${name}`);
const startsOf = (name: string) =>
  existsSync(startsFileOf(name)) ? readFileSync(startsFileOf(name), 'utf8').trim().split('\n').map(Number) : [];
const keyOf = (name: string): ResourceKey => ({ tenant: 'default', kind: 'Instance', name });

async function run(name: (typeof names)[number], spec: object): Promise<number> {
  const key = keyOf(name);
  const port = await findFreePort();
  const value = JSON.stringify({
    apiVersion: 'homeostat/v1',
    kind: key.kind,
    metadata: { name },
    spec: {
      image,
      command: ['node', 'main.mjs'],
      env: { STARTS: startsFileOf(name) },
      ports: [port],
      healthCheck: { type: 'http', port, path: '/', intervalMs: 1_000, failureThreshold: 2 },
      ...spec,
    },
  });
  await servers.state.store.commit([], [{ type: 'put', key: servers.keys.desired(key), value }]);
  await waitFor(
    `${name} to run`,
    async () => (await servers.state.resources.read(key)).actual?.record.status.state === 'Running',
    40_000,
  );
  return startsOf(name)[0]!;
}
const closed = (name: string, type: string) => closedIncident(servers.state.incidents, keyOf(name), type, 120_000);
const openedOf = async (name: string) =>
  (await servers.state.audit.list(keyOf(name))).filter(({ type }) => type === 'incident-opened');

beforeAll(async () => {
  servers = await startTestServers();
  image = join(servers.folder, 'image');
  mkdirSync(image);
  writeFileSync(join(image, 'main.mjs'), program);
  const environment = {
    HOMEOSTAT_SWEEP_EVERY: '1h',
    HOMEOSTAT_HEAL_METRICS_EVERY: '500ms',
    HOMEOSTAT_HEAL_PROMETHEUS_URL: await prometheus.start(),
  };
  runtime = await startTestRuntime(servers, { environment });
});
afterAll(async () => {
  for (const pid of names.flatMap(startsOf)) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  await runtime?.kill('SIGTERM');
  await servers?.stop();
  prometheus.stop();
});

describe.concurrent('a fault that nobody reports', () => {
  test(
    'an instance that hangs is found by its own check, restarted, and proven to answer, though nobody said a word',
    { timeout: longMs },
    async () => {
      const frozen = await run('frozen', {});
      const pid = await run('web', {});
      await servers.state.freezes.freeze('resource/default/Instance/frozen', {
        by: 'ann',
        reason: 'a look',
        since: new Date().toISOString(),
      });
      // Until the drift watch has seen that all is well with what was just started: it, too, looks at what changed of late.
      const startedAt = Date.now();
      await waitFor('what was started to settle', () => Date.now() - startedAt > 3_000);
      process.kill(frozen, 'SIGSTOP');
      process.kill(pid, 'SIGSTOP');
      const incident = await closed('web', 'service_down');
      expect(incident).toMatchObject({
        state: 'resolved',
        severity: 'critical',
        summary: expect.stringMatching(/^its health check fails: /) as string,
        proof: 'it is as desired; its health check passes: http 200, for 5 s without a break',
        attempts: [{ steps: ['s1 restart_instance: done', 's2 wait_for_ready: done'] }],
      });
      expect(startsOf('web')).toHaveLength(2);
      expect(await openedOf('web')).toHaveLength(1);

      // What is frozen is nobody's to report, until it is not frozen any more.
      expect(await openedOf('frozen')).toEqual([]);
      await servers.state.freezes.thaw('resource/default/Instance/frozen', 'ann');
      await waitFor('the frozen one to be reported', async () => (await openedOf('frozen')).length === 1, 40_000);
    },
  );

  test(
    'a disk with too little room is given to people, once, with what a Prometheus knows',
    { timeout: longMs },
    async () => {
      prometheus.series = [{ labels: { __name__: 'up', job: 'x', resource_id: 'full' }, valueAt: () => 1 }];
      await run('full', { usageCheck: { diskFreeMiB: 1_000_000_000, intervalMs: 1_000, failureThreshold: 2 } });
      const incident = await closed('full', 'disk_full');
      expect(incident).toMatchObject({
        state: 'escalated',
        summary: expect.stringMatching(/^\d+ MiB are free where it writes, at least 1000000000 should be$/) as string,
        attempts: [
          {
            steps: ['s1 clear_instance_space: done'],
            outcome: expect.stringMatching(/^not gone: it is as desired; \d+ MiB are free/) as string,
          },
        ],
        reason: 'the same repair failed before',
      });
      const report = await servers.state.blobs.get('default', incident.report!);
      expect(report).toContain('MiB are free where it writes');
      expect(report).toContain('up{job="x"}: min 1, mean 1, max 1, last 1; over 15.0 min: 1, 1');
      // Several more looks of a check that goes on to fail.
      const looked = Date.now();
      await waitFor('more looks', () => Date.now() - looked > 4_000);
      expect(await openedOf('full')).toHaveLength(1);
      expect(startsOf('full')).toHaveLength(1);
    },
  );

  test('of an instance that leaks memory the evidence shows how it grew', { timeout: longMs }, async () => {
    await run('leaky', {
      type: 'nano',
      env: { STARTS: startsFileOf('leaky'), LEAKS: '1' },
      // About 128 MiB; an empty Node takes some 50.
      usageCheck: { memoryPercent: 50, intervalMs: 1_000, failureThreshold: 3 },
    });
    const incident = await closed('leaky', 'high_memory');
    expect(incident).toMatchObject({
      state: 'resolved',
      summary: expect.stringMatching(/^memory: \d+ of 256 MiB, \d+ %; below 50 % is well$/) as string,
      attempts: [{ steps: ['s1 restart_instance: done', 's2 wait_for_ready: done'] }],
      proof: expect.stringMatching(/^it is as desired; memory: \d+ of 256 MiB/) as string,
    });
    const { entries } = await servers.state.store.list(`${servers.keys.root}/blobs/`);
    const texts = entries
      .map(({ value }) => value)
      .filter((text) => text.includes('high_memory') || text.includes('leaky'));
    const metrics = texts.join('\n');
    const [, least, greatest] = /memory: min ([0-9.]+) MiB, mean .*?, max ([0-9.]+) MiB/.exec(metrics)!;
    expect(Number(greatest)).toBeGreaterThan(Number(least) + 20);
    for (const name of ['cpu: min', 'processes: min 1', 'disk_free: min', 'disk_written: min'])
      expect(metrics).toContain(name);
  });
});
