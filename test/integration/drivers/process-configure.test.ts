import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createInstanceAgent } from '../../../src/agents/instance/instance-agent.ts';
import type { Driver, InstanceSettings } from '../../../src/drivers/driver.ts';
import { findFreePort } from '../../../src/servers/index.ts';
import { createBench, grant, observePresent, until, web, type Bench } from './process-bench.ts';

// Real processes on a machine that others use too.
vi.setConfig({ testTimeout: 20_000 });

let bench: Bench;
beforeEach(async () => void (bench = await createBench()));
afterEach(() => bench.dispose());

const start = { start: true, replace: false } as const;

/** The tools of a plan for what the driver sees. */
async function plan(driver: Driver, settings: InstanceSettings): Promise<readonly string[]> {
  const agent = createInstanceAgent([driver]);
  const kind = agent.kinds[0]!;
  const context = { signal: new AbortController().signal, log: { info() {}, warn() {} }, failures: [] };
  const spec: unknown = kind.spec.parse(settings);
  const observed = await kind.observe(context, { key: web, externalName: 'web', spec });
  if (observed.type !== 'present') throw new Error(`observed ${observed.type}`);
  const state = { resource: web, labels: {}, annotations: {}, spec };
  const status: unknown = kind.status.parse(observed.status);
  const { steps } = await agent.reconcile(context, state, { ...state, status });
  return steps.map(({ toolName }) => toolName);
}

describe('a plan that ended between its configure and its restart', () => {
  test.each([
    { change: { files: { 'conf/app.ini': 'a=2\n' } }, changed: 'files' },
    { change: { command: ['node', 'main.cjs', '--new'] }, changed: 'command' },
  ])('is followed by one that restarts, and then by none: $changed', async ({ change }) => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('k1'));
    const settings = { ...bench.settings, ...change };
    await driver.configure(web, settings, grant('k2'));
    expect(await plan(driver, settings)).toEqual(['configure_instance', 'restart_instance', 'wait_for_ready']);
    await driver.configure(web, settings, grant('k3'));
    await driver.restart(web, 2_000, grant('k4'));
    expect(await plan(driver, settings)).toEqual([]);
  });

  test('is followed by one without a restart, where what runs is what is wanted again', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('k1'));
    await driver.configure(web, { ...bench.settings, env: { WRONG: '1' } }, grant('k2'));
    expect(await plan(driver, bench.settings)).toEqual(['configure_instance', 'wait_for_ready']);
    await driver.configure(web, bench.settings, grant('k3'));
    expect(await plan(driver, bench.settings)).toEqual([]);
    await driver.restart(web, 2_000, grant('k4'));
    expect((await observePresent(driver)).settings.env).toEqual(bench.settings.env);
  });
});

describe('configuring', () => {
  test('puts files in place at once, the rest at the next start', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('k1'));
    const port = await findFreePort();
    const settings = { ...bench.settings, ports: [port], files: { 'b.txt': 'b' } };
    await driver.configure(web, settings, grant('k2'));
    expect((await observePresent(driver, bench.image)).settings).toEqual({
      ...settings,
      ports: bench.settings.ports,
    });
    const { pid } = await driver.restart(web, 2_000, grant('k3'));
    expect(await observePresent(driver, bench.image)).toMatchObject({ settings, pid });
    const logs = await until('it wrote', async () => {
      const text = await driver.readLogs(web, 1_000);
      return text.includes(String(port)) ? text : undefined;
    });
    expect(logs).toContain(`started ${port} k3`);
    const root = (await readdir(bench.path())).find((name) => name.startsWith('root-'));
    expect(await readdir(bench.path(root!, 'conf'))).toEqual([]);
  });

  test('is not in force until the program was started with it, or it was taken back', async () => {
    const driver = bench.driver();
    const { settings } = bench;
    const notInForce = async () => (await observePresent(bench.driver())).notInForce;
    await driver.provision(web, settings, start, grant('k1'));
    expect(await notInForce()).toBeUndefined();
    const changed = { ...settings, env: { ...settings.env, MORE: '1' }, files: { 'conf/app.ini': 'a=2\n' } };
    await driver.configure(web, { ...changed, type: 'large' }, grant('k2'));
    expect(await notInForce()).toEqual(['env', 'files']);
    await driver.configure(web, settings, grant('k3'));
    expect(await notInForce()).toBeUndefined();
    await driver.configure(web, changed, grant('k4'));
    await driver.restart(web, 2_000, grant('k5'));
    expect(await notInForce()).toBeUndefined();
    await driver.configure(web, settings, grant('k6'));
    await driver.stop(web, 2_000, grant('k7'));
    expect(await notInForce()).toBeUndefined();
    await driver.start(web, grant('k8'));
    expect(await notInForce()).toBeUndefined();
  });

  test('a program that was started with a file edited by hand has it until its next start', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, { ...start, start: false }, grant('k1'));
    const root = (await readdir(bench.path())).find((name) => name.startsWith('root-'));
    await writeFile(bench.path(root!, 'conf/app.ini'), 'a=2\n');
    await driver.start(web, grant('k2'));
    await driver.configure(web, bench.settings, grant('k3'));
    expect(await observePresent(driver)).toMatchObject({ settings: bench.settings, notInForce: ['files'] });
    await driver.restart(web, 2_000, grant('k4'));
    expect((await observePresent(driver)).notInForce).toBeUndefined();
  });

  test('a release that did not note the files of a start is no reason to start again', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('k1'));
    const [newest] = (await readdir(bench.path('states'))).toSorted().slice(-1);
    const file = bench.path('states', newest!);
    const state = JSON.parse(await readFile(file, 'utf8')) as { run: object };
    await writeFile(file, JSON.stringify({ ...state, run: { ...state.run, filesDigest: undefined } }));
    await bench.driver().configure(web, { ...bench.settings, files: {} }, grant('k2'));
    expect((await observePresent(driver)).notInForce).toBeUndefined();
  });

  test('a file that was edited or removed by hand is seen and mended', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('k1'));
    const root = (await readdir(bench.path())).find((name) => name.startsWith('root-'));
    await writeFile(bench.path(root!, 'conf/app.ini'), 'a=2\n');
    expect((await observePresent(driver)).settings.files).toEqual({ 'conf/app.ini': 'a=2\n' });
    await rm(bench.path(root!, 'conf/app.ini'));
    expect((await observePresent(driver)).settings.files).toEqual({});
    await driver.configure(web, bench.settings, grant('k2'));
    expect((await observePresent(driver)).settings.files).toEqual(bench.settings.files);
    // As it was started.
    expect((await observePresent(driver)).notInForce).toBeUndefined();
  });

  test('a path that leaves the instance is refused and nothing is changed', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('k1'));
    const settings = { ...bench.settings, ports: [1], files: { '../../escape': 'x' } };
    await expect(driver.configure(web, settings, grant('k2'))).rejects.toMatchObject({ code: 'EFFECT_REFUSED' });
    expect((await observePresent(driver)).settings.ports).toEqual(bench.settings.ports);
  });
});
