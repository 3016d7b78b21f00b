import { closeSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import type { LaunchOrder, LaunchReport } from './launch-order.ts';
import { linkState } from './state-link.ts';

/**
 * The process that becomes the instance. It takes its order from file descriptor 3, appends the state that names it, and
 * only then replaces itself by the program, keeping pid and start time. A start is thereby conditional on the state it
 * was planned on: a launcher that was suspended for an hour finds its number taken and leaves. It needs no parent: it
 * does not matter who of the two dies, or when.
 */

const channel = 3;
const order = JSON.parse(readFileSync(channel, 'utf8') || 'null') as LaunchOrder | null;
if (order !== null) await launch(order);

async function launch({ statesFolder, state, cgroupFile, executable, argv, env }: LaunchOrder): Promise<void> {
  if (process.execve === undefined) {
    report({ type: 'failed', problem: `Node ${process.version} cannot turn into a program: 22.15 or newer is needed` });
    return;
  }
  const limitsEnforced = joinCgroup(cgroupFile);
  const named = 'run' in state && state.run !== undefined ? { ...state, run: { ...state.run, limitsEnforced } } : state;
  try {
    if (!(await linkState(statesFolder, named))) {
      report({ type: 'lost' });
      return;
    }
  } catch (error) {
    report({ type: 'failed', problem: String(error) });
    return;
  }
  report({ type: 'linked', limitsEnforced });
  // Node ignores these two, and what is ignored stays so for the program; what is handled is set back by the kernel.
  process.on('SIGPIPE', () => {});
  process.on('SIGXFSZ', () => {});
  // Descriptors above 2 close here, which tells the driver that the program runs. A failure aborts the process.
  process.execve(executable, [...argv], { ...env });
}

function joinCgroup(file: string | undefined): boolean {
  if (file === undefined) return false;
  try {
    writeFileSync(file, '0');
    return true;
  } catch {
    return false;
  }
}

function report(message: LaunchReport): void {
  try {
    writeSync(channel, `${JSON.stringify(message)}\n`);
    if (message.type !== 'linked') closeSync(channel);
  } catch {
    // The runtime is gone. What matters is in the chain.
  }
}
