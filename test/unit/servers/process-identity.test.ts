import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identifyProcess, isRunning, ownIdentity } from '../../../src/servers/process-identity.ts';
import { stopProcess } from '../../../src/servers/stop-process.ts';

test('a running process has an identity that stays', () => {
  const identity = ownIdentity();
  expect(identifyProcess(process.pid)).toEqual(identity);
  expect(isRunning(identity)).toBe(true);
});

test('the same pid with another start time is another process', () => {
  expect(isRunning({ pid: process.pid, startTime: 'earlier' })).toBe(false);
});

test('a process that has ended has none', async () => {
  const child = spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  expect(identifyProcess(child.pid ?? 0)).toBeUndefined();
});

test('stopping a stranger with a recycled pid is refused', async () => {
  expect(await stopProcess({ pid: process.pid, startTime: 'earlier' }, 0)).toBe('not-running');
});

test('a process that ignores SIGTERM is killed after the grace time', async () => {
  const script = "process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  await once(child.stdout, 'data');
  const identity = identifyProcess(child.pid ?? 0);
  expect(identity).toBeDefined();
  if (identity !== undefined) expect(await stopProcess(identity, 100)).toBe('killed');
});
