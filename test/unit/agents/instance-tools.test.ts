import { expect, test, vi } from 'vitest';
import { createInstanceTools } from '../../../src/agents/instance/instance-tools.ts';
import { unreachable, type Observation } from '../../../src/domain/outcome.ts';
import type { Driver, InstanceFacts } from '../../../src/drivers/driver.ts';
import type { ToolContext } from '../../../src/tools/tool.ts';
import { createFakeDriver } from './fake-driver.ts';

const context: ToolContext = {
  signal: new AbortController().signal,
  idempotencyKey: 'k1',
  attempt: 1,
  externalName: 'default.instance.web',
  resource: { tenant: 'default', kind: 'Instance', name: 'web' },
  log: { info: () => undefined, warn: () => undefined },
  heartbeat: () => undefined,
  secret: async () => 'hunter2',
};

test.each([
  { after: 100, told: `[secret] ${'y'.repeat(100)}`, where: 'among its last words' },
  { after: 180, told: `[secret] ${'y'.repeat(180)}`, where: 'where they are cut' },
])('of what an instance printed before it ended no secret is told: $where', async ({ after, told }) => {
  const log = `${'x'.repeat(150)} ghp_${'a'.repeat(140)} ${'y'.repeat(after)}\n`;
  const driver = {
    ...createFakeDriver({ state: 'exited', exitCode: 1 }),
    readLogs: async (_: object, bytes: number) => log.slice(-bytes),
  };
  const { waitForReady, getLogs } = createInstanceTools(new Map([['process', driver]]));
  const waiting = waitForReady.execute(context, { driver: 'process', timeoutSeconds: 1 });
  await expect(waiting).rejects.toMatchObject({ code: 'NOT_READY', problem: expect.stringContaining(told) });
  await expect(waiting).rejects.not.toThrow('aaa');
  const { text } = await getLogs.execute(context, { driver: 'process', tailBytes: 4_096 });
  expect(text).toBe(`${'x'.repeat(150)} [secret] ${'y'.repeat(after)}\n`);
  // Its beginning, by which it is known, lies before what is asked for.
  const end = await getLogs.execute(context, { driver: 'process', tailBytes: after + 100 });
  expect(end.text).toHaveLength(after + 100);
  expect(end.text).not.toContain('aaa');
});

test('an instance has its whole time to be ready, though the clock of the machine is set meanwhile', async () => {
  const ready = createFakeDriver({});
  const looks: Observation<InstanceFacts>[] = [unreachable('away'), unreachable('away')];
  const clock = vi.spyOn(Date, 'now');
  const observe: Driver['observe'] = async (instance) => {
    clock.mockReturnValue(Number.MAX_SAFE_INTEGER);
    return looks.pop() ?? (await ready.observe(instance));
  };
  const { waitForReady } = createInstanceTools(new Map([['process', { ...ready, observe }]]));
  try {
    const answer = await waitForReady.execute(context, { driver: 'process', timeoutSeconds: 30 });
    expect(answer.state).toBe('running');
  } finally {
    clock.mockRestore();
  }
});
