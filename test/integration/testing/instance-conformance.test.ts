import { afterEach, beforeEach, expect, test } from 'vitest';
import { createInstanceAgent } from '../../../src/agents/instance/instance-agent.ts';
import { ConformanceError, conformance, type ConformanceOptions } from '../../../src/testing.ts';
import { createBench, until, type Bench } from '../drivers/process-bench.ts';

let bench: Bench;
beforeEach(async () => void (bench = await createBench()));
afterEach(() => bench.dispose());

const prove = (options: ConformanceOptions) =>
  conformance(() => createInstanceAgent([bench.driver()]), options).catch((error: unknown) => {
    throw error instanceof ConformanceError ? new Error(error.message) : error;
  });

/** Every process that ever began: one more would be a second effect. A process says so itself, a moment after it began. */
async function everyStart(): Promise<readonly number[]> {
  const seen = await bench.driver().observe({ tenant: 'conformance', kind: 'Instance', name: 'sample' });
  const pid = seen.type === 'present' ? seen.status.pid : undefined;
  return until('the running process has said so', async () => {
    const starts = await bench.starts();
    return pid === undefined || starts.includes(pid) ? starts : undefined;
  });
}

test('the Instance agent keeps the contract with real processes', async () => {
  const { image, command, env } = bench.settings;
  const running = { image, command, env };
  const report = await prove({
    samples: {
      Instance: [
        running,
        { ...running, env: { ...env, COLOR: 'blue' } },
        { ...running, env: { ...env, COLOR: 'blue' }, desiredState: 'stopped' },
        { ...running, env: { ...env, COLOR: 'blue' }, files: { 'conf/app.ini': 'a=1\n' } },
      ],
    },
    issues: { Instance: ['high_memory', 'disk_full'] },
    snapshot: everyStart,
  });
  const proven = report.checks.filter(({ check }) => check === 'killed-after-effect');
  expect(proven.map(({ subject, outcome }) => `${subject}: ${outcome}`)).toEqual([
    'tool provision_instance: passed',
    'tool configure_instance: passed',
    'tool clear_instance_space: passed',
    'tool start_instance: passed',
    'tool stop_instance: passed',
    'tool restart_instance: passed',
    'tool terminate_instance: passed',
  ]);
}, 90_000);
