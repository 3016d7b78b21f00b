import { readdirSync, readFileSync } from 'node:fs';
import { waitFor } from './wait-for.ts';

/** SIGSTOP, and waits until every thread stands still: on a busy machine one goes on answering for a while. */
export async function freezeProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await waitFor(`every thread of ${pid} to stand still`, () => threadStates(pid).every((state) => state === 'T'));
}

/** One letter a thread; none where there is no /proc. */
function threadStates(pid: number): readonly string[] {
  const folder = `/proc/${pid}/task`;
  try {
    return readdirSync(folder).map((thread) => {
      const stat = readFileSync(`${folder}/${thread}/stat`, 'utf8');
      return stat.charAt(stat.lastIndexOf(')') + 2);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
