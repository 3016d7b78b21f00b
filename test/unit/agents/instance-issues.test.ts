import { describe, expect, test } from 'vitest';
import { createInstanceKind, instanceSpecSchema } from '../../../src/agents/instance/instance-kind.ts';
import type { InstanceUsage } from '../../../src/drivers/driver.ts';
import { createFakeDriver } from './fake-driver.ts';

const mebibyte = 1_024 * 1_024;
const calm: InstanceUsage = {
  cpuSeconds: 1,
  memoryBytes: 100 * mebibyte,
  processes: 1,
  diskFreeBytes: 10_000 * mebibyte,
  diskTotalBytes: 100_000 * mebibyte,
};

/** The kind over a driver that tells one usage after the other. */
function kindThatUses(...usages: readonly (InstanceUsage | undefined)[]) {
  const left = [...usages];
  const driver = { ...createFakeDriver({}), usage: async () => (left.length > 1 ? left.shift() : left[0]) };
  return createInstanceKind(new Map([['process', driver]]));
}
const specOf = (more: object = {}) => instanceSpecSchema.parse({ image: 'a', command: ['b'], type: 'nano', ...more });
const context = { signal: new AbortController().signal, log: { info: () => undefined, warn: () => undefined } };
const key = { tenant: 'default', kind: 'Instance', name: 'web' };

async function check(type: string, usages: readonly (InstanceUsage | undefined)[], spec: object = {}) {
  const issue = kindThatUses(...usages).issues![type]!;
  return issue.check(context, { key, externalName: 'default.instance.web', spec: specOf(spec) });
}

describe("an instance's own check of", () => {
  test('high_memory compares with its size, at nine tenths unless it says otherwise', async () => {
    expect(await check('high_memory', [calm])).toEqual({
      isGood: true,
      detail: 'memory: 100 of 256 MiB, 39 %; below 90 % is well',
    });
    expect((await check('high_memory', [{ ...calm, memoryBytes: 231 * mebibyte }])).isGood).toBe(false);
    expect((await check('high_memory', [calm], { usageCheck: { memoryPercent: 30 } })).isGood).toBe(false);
  });

  test('high_cpu measures for a second against its processors', async () => {
    expect(await check('high_cpu', [calm, { ...calm, cpuSeconds: 1.3 }])).toMatchObject({
      isGood: false,
      detail: expect.stringMatching(/^processor: 0\.\d\d of 0\.25 CPUs, 1?\d\d %; below 90 % is well$/) as string,
    });
    expect((await check('high_cpu', [calm, { ...calm, cpuSeconds: 1.05 }])).isGood).toBe(true);
    // Started anew within that second.
    expect((await check('high_cpu', [calm, { ...calm, cpuSeconds: 0 }])).isGood).toBe(true);
  });

  test('disk_full asks for room: what the spec says, else a twentieth of the disk, at most 256 MiB', async () => {
    const free = (mib: number, totalMib = 100_000) => ({
      ...calm,
      diskFreeBytes: mib * mebibyte,
      diskTotalBytes: totalMib * mebibyte,
    });
    expect((await check('disk_full', [free(300)])).isGood).toBe(true);
    expect(await check('disk_full', [free(200)])).toEqual({
      isGood: false,
      detail: '200 MiB are free where it writes, at least 256 should be',
    });
    expect((await check('disk_full', [free(20, 300)])).isGood).toBe(true);
    expect((await check('disk_full', [free(300)], { usageCheck: { diskFreeMiB: 400 } })).isGood).toBe(false);
  });

  test('what nobody can tell throws, which counts neither as good nor as bad', async () => {
    await expect(check('high_memory', [undefined])).rejects.toThrow('nothing tells');
    const { memoryBytes: _, cpuSeconds: __, ...untold } = calm;
    await expect(check('high_memory', [untold])).rejects.toThrow('does not tell the memory');
    await expect(check('high_cpu', [untold])).rejects.toThrow('does not tell the processor time');
  });

  test('anything finds nothing wrong with what is to be stopped', async () => {
    for (const type of ['service_down', 'high_cpu', 'high_memory', 'disk_full']) {
      expect((await check(type, [undefined], { desiredState: 'stopped' })).isGood).toBe(true);
    }
  });
});

test('the runtime looks in the pace the spec says, and never at what is to be stopped or has no health check', () => {
  const { issues } = kindThatUses(calm);
  const healthCheck = { type: 'tcp', port: 1, intervalMs: 2_000, failureThreshold: 5, successThreshold: 2 };
  expect(issues!.service_down!.pace!(specOf({ healthCheck }))).toEqual({ everyMs: 2_000, failures: 5, successes: 2 });
  expect(issues!.service_down!.pace!(specOf({ healthCheck: { type: 'tcp', port: 1 } }))).toEqual({});
  expect(issues!.service_down!.pace!(specOf())).toBeUndefined();
  expect(issues!.disk_full!.pace!(specOf())).toEqual({ everyMs: 30_000, failures: 6 });
  expect(issues!.disk_full!.pace!(specOf({ usageCheck: { intervalMs: 1_000 } }))).toEqual({
    everyMs: 1_000,
    failures: 6,
  });
  for (const { pace } of Object.values(issues!)) {
    expect(pace?.(specOf({ desiredState: 'stopped', healthCheck }))).toBeUndefined();
  }
});

test('what it uses is measured as far as the system tells it', async () => {
  const measure = async (usage: InstanceUsage | undefined) =>
    (await kindThatUses(usage).measure!(context, { key, externalName: '', spec: specOf() })).map(({ name }) => name);
  expect(await measure(calm)).toEqual(['cpu', 'memory', 'processes', 'disk_free']);
  expect(await measure(undefined)).toEqual([]);
});
