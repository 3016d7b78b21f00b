import { describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';

/**
 * What we ship for Prometheus and Alertmanager, as their own programs judge it. `npm test` finds or fetches them; where
 * they cannot be had, these tests are skipped, and it is said so.
 */
const promtool = process.env.HOMEOSTAT_TEST_PROMTOOL;
const amtool = process.env.HOMEOSTAT_TEST_AMTOOL;
for (const [name, path] of Object.entries({ promtool, amtool })) {
  if (path === undefined) console.warn(`NOT CHECKED BY ${name}: it is not there (run the tests with npm test)`);
}
const shipped = 'deploy/prometheus';

async function said(program: string, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, argv);
  expect(code, stdout + stderr).toBe(0);
  return stdout;
}

describe.skipIf(promtool === undefined)('promtool', () => {
  test('takes the rules', async () => {
    const rules = ['homeostat-rules.yml', 'instance-rules.yml'].map((file) => `${shipped}/${file}`);
    expect(await said(promtool!, 'check', 'rules', ...rules)).toMatch(
      /SUCCESS: \d+ rules found[^]+SUCCESS: \d+ rules found/,
    );
  });

  test('takes the configuration with the files it names', async () => {
    expect(await said(promtool!, 'check', 'config', `${shipped}/prometheus.yml`)).toContain('2 rule files found');
  });

  test.each(['runtimes', 'instances'])(
    'sees alerts on %s fire when they shall, and not before or else',
    async (name) => {
      expect(await said(promtool!, 'test', 'rules', `test/contract/prometheus-rules/${name}.promtool.yml`)).toContain(
        'SUCCESS',
      );
    },
  );
});

describe.skipIf(amtool === undefined)('amtool', () => {
  const file = `${shipped}/alertmanager.yml`;

  test('takes the configuration', async () => {
    expect(await said(amtool!, 'check-config', file)).toContain('2 receivers');
  });

  test.each([
    ['a resource', 'homeostat', ['alertname=InstanceDown', 'resource_kind=Instance', 'resource_id=web']],
    ['a runtime', 'people', ['alertname=HomeostatDown', 'instance=127.0.0.1:8086']],
  ])('sends an alert on %s to %s', async (_, receiver, labels) => {
    expect((await said(amtool!, 'config', 'routes', 'test', `--config.file=${file}`, ...labels)).trim()).toBe(receiver);
  });
});
