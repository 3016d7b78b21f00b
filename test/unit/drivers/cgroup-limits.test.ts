import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCgroupLimits, findCgroupRoot } from '../../../src/drivers/process/cgroup-limits.ts';
import { instanceTypes, limitsOfInstanceType } from '../../../src/drivers/instance-types.ts';
import { HomeostatError } from '../../../src/domain/failure.ts';

const instance = { tenant: 'default', kind: 'Instance', name: 'web' };
let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'homeostat-cgroup-'))));
afterEach(() => rm(root, { recursive: true }));

async function mount(controllers: string): Promise<string> {
  const folder = join(root, 'homeostat', 'default.Instance.web');
  await mkdir(folder, { recursive: true });
  await writeFile(join(root, 'cgroup.controllers'), controllers);
  await writeFile(join(root, 'cgroup.subtree_control'), '');
  await writeFile(join(folder, 'cgroup.procs'), '');
  return folder;
}

describe('limits by cgroup v2', () => {
  test('are written for the size, with the file to join by', async () => {
    const folder = await mount('cpuset cpu io memory pids');
    const limits = createCgroupLimits(root);
    expect(await limits.apply(instance, limitsOfInstanceType('micro'))).toBe(join(folder, 'cgroup.procs'));
    expect(await readFile(join(folder, 'cpu.max'), 'utf8')).toBe('50000 100000');
    expect(await readFile(join(folder, 'memory.max'), 'utf8')).toBe(String(512 * 1024 * 1024));
    expect(await readFile(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+cpu +memory');
    expect(await limits.isAvailable()).toBe(true);
  });

  test.each([
    { controllers: '', reason: 'mounted beside cgroup v1, which holds all controllers' },
    { controllers: 'cpu pids', reason: 'memory is not delegated' },
  ])('cannot be set with the controllers "$controllers"', async ({ controllers }) => {
    await mount(controllers);
    const limits = createCgroupLimits(root);
    expect(await limits.apply(instance, limitsOfInstanceType('small'))).toBeUndefined();
    expect(await limits.isAvailable()).toBe(false);
  });

  test('cannot be set where cgroup v2 is not mounted', async () => {
    const limits = createCgroupLimits(join(root, 'none'));
    expect(await limits.apply(instance, limitsOfInstanceType('small'))).toBeUndefined();
    await limits.remove(instance);
  });
});

describe('the folder they are made in', () => {
  test.each([
    {
      self: '0::/system.slice/homeostat.service/homeostat-runtime\n',
      below: 'system.slice/homeostat.service',
      reason: 'delegated',
    },
    { self: '0::/system.slice/homeostat.service\n', below: '', reason: 'a service without delegation' },
    { self: '0::/\n', below: '', reason: 'a container' },
    {
      self: '4:memory:/a/homeostat-runtime\n0::/user.slice\n',
      below: '',
      reason: 'a hierarchy of version 1 does not count',
    },
    { self: '', below: '', reason: 'no cgroups at all' },
  ])('is "$below" of the mount: $reason', async ({ self, below }) => {
    const file = join(root, 'self');
    await writeFile(file, self);
    expect(findCgroupRoot('/mount', file)).toBe(join('/mount', below));
  });

  test('is the mount where nobody tells of cgroups', () => {
    expect(findCgroupRoot('/mount', join(root, 'none'))).toBe('/mount');
  });
});

test('an unknown size is refused', () => {
  expect(() => limitsOfInstanceType('toString')).toThrow(HomeostatError);
  expect(Object.keys(instanceTypes)).toEqual(
    expect.arrayContaining(['nano', 'micro', 'small', 'medium', 'large', 'cx31']),
  );
});
