import { createHostProcesses } from '../../src/drivers/process/host-processes.ts';

/** Whether a process still runs. One that has ended counts as gone, whether somebody took note or not. */
export async function isAlive(pid: number): Promise<boolean> {
  const found = await createHostProcesses().find(pid);
  return found !== undefined && !found.isZombie;
}
