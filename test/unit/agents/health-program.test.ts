import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createInstanceKind, instanceSpecSchema } from '../../../src/agents/instance/instance-kind.ts';
import { createFakeDriver } from './fake-driver.ts';

/** A health check's program runs on the host of the runtime, so none that nobody has let through yet is run by a look. */
let folder: string;
let sign: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-health-'));
  sign = join(folder, 'ran');
});
afterEach(() => rmSync(folder, { recursive: true }));

const kind = createInstanceKind(new Map([['process', { ...createFakeDriver({}), readLogs: async () => '' }]]));
const context = { signal: new AbortController().signal, log: { info: () => undefined, warn: () => undefined } };
const specOf = (healthCheck?: object) =>
  instanceSpecSchema.parse({ image: 'app', command: ['run'], ...(healthCheck === undefined ? {} : { healthCheck }) });
const exec = (...command: string[]) => ({ type: 'exec', command });
const resourceOf = (wanted: object | undefined, inForce: object | undefined) => ({
  key: { tenant: 'default', kind: 'Instance', name: 'web' },
  externalName: 'default.instance.web',
  spec: specOf(wanted),
  inForce: inForce && specOf(inForce),
});
const touch = () => exec('/usr/bin/touch', sign);

describe('a program that is not in force', () => {
  const looks = {
    observe: (resource: ReturnType<typeof resourceOf>) => kind.observe(context, resource),
    evidence: (resource: ReturnType<typeof resourceOf>) => kind.evidence!(context, resource),
    service_down: (resource: ReturnType<typeof resourceOf>) => kind.issues!.service_down!.check(context, resource),
  };
  test.each(Object.entries(looks))('is not run by %s', async (_, look) => {
    await look(resourceOf(touch(), exec('/bin/true')));
    await look(resourceOf(touch(), undefined));
    expect(existsSync(sign)).toBe(false);
    await look(resourceOf({ ...touch(), intervalMs: 5_000 }, touch()));
    expect(existsSync(sign)).toBe(true);
  });
});

const [good, bad] = [exec('/bin/true'), exec('/bin/false')];
const port = { type: 'tcp', port: 1 };

test.each([
  { wanted: good, inForce: good, status: { ready: true, healthCheck: good }, reason: 'the same' },
  { wanted: bad, inForce: bad, status: { ready: false, healthCheck: bad }, reason: 'the same, and it fails' },
  { wanted: bad, inForce: good, status: { ready: true, healthCheck: good }, reason: 'another: the one in force' },
  { wanted: good, inForce: bad, status: { ready: false, healthCheck: bad }, reason: 'another: the one in force' },
  { wanted: good, inForce: port, status: { ready: false }, reason: 'a port in force: that' },
  { wanted: bad, inForce: undefined, status: { ready: true }, reason: 'nothing in force: by running' },
  { wanted: undefined, inForce: bad, status: { ready: true }, reason: 'no check any more' },
  { wanted: port, inForce: good, status: { ready: false }, reason: 'a port, which runs nothing' },
])('an instance is ready by what is let through: $reason', async ({ wanted, inForce, status }) => {
  const seen = await kind.observe(context, resourceOf(wanted, inForce));
  const { ready, healthCheck } = seen.type === 'present' ? seen.status : {};
  const program = 'healthCheck' in status ? { command: status.healthCheck.command } : undefined;
  expect({ ready, healthCheck }).toEqual({ ready: status.ready, healthCheck: program });
});
