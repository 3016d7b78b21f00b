import { toCodedErrors } from '../../../src/domain/failure.ts';
import type { InstanceSettings } from '../../../src/drivers/driver.ts';
import { createInstrumentedProcessDriver } from '../../../src/drivers/process/process-driver.ts';
import type { Milestone } from '../../../src/drivers/process/process-host.ts';
import { grant, web } from './process-bench.ts';

/** One attempt at one effect in a process of its own, which a test can let die or stand still at a milestone. */
export interface AttemptOrder {
  readonly folder: string;
  readonly effect: 'provision' | 'replace' | 'configure' | 'clearSpace' | 'start' | 'stop' | 'restart' | 'terminate';
  readonly settings: InstanceSettings;
  readonly key: string;
  readonly attempt: number;
  readonly gate?: { readonly at: Milestone['type']; readonly action: 'kill' | 'stop' | 'stop-launcher' };
}

/** Printed as JSON lines. */
export type AttemptEvent =
  | { readonly type: 'launcher'; readonly pid: number }
  | { readonly type: 'gate' }
  | { readonly type: 'receipt'; readonly receipt: unknown }
  | { readonly type: 'error'; readonly code: string };

const order = JSON.parse(process.argv[2] ?? '') as AttemptOrder;
const tell = (event: AttemptEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

const driver = createInstrumentedProcessDriver({
  folder: order.folder,
  onMilestone: async (milestone) => {
    if (milestone.type === 'launcher-spawned') tell({ type: 'launcher', pid: milestone.pid });
    if (milestone.type !== order.gate?.at) return;
    // Long enough for the line to be on its way before this process does not run any more.
    await new Promise((resolve) => process.stdout.write(`${JSON.stringify({ type: 'gate' })}\n`, resolve));
    if (order.gate.action === 'kill') process.kill(process.pid, 'SIGKILL');
    if (order.gate.action === 'stop') process.kill(process.pid, 'SIGSTOP');
    if (order.gate.action === 'stop-launcher' && 'pid' in milestone) process.kill(milestone.pid, 'SIGSTOP');
  },
});

const { effect, settings } = order;
const permit = grant(order.key, order.attempt);
const graceMs = 2_000;
const run = {
  provision: () => driver.provision(web, settings, { start: true, replace: false }, permit),
  replace: () => driver.provision(web, settings, { start: true, replace: true }, permit),
  configure: () => driver.configure(web, settings, permit),
  clearSpace: () => driver.clearSpace(web, permit),
  start: () => driver.start(web, permit),
  stop: () => driver.stop(web, graceMs, permit),
  restart: () => driver.restart(web, graceMs, permit),
  terminate: () => driver.terminate(web, graceMs, permit),
}[effect];

try {
  tell({ type: 'receipt', receipt: await run() });
} catch (error) {
  tell({ type: 'error', code: toCodedErrors(error)[0]?.code ?? String(error) });
}
