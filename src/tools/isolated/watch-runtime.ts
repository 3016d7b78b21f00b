import { workerData } from 'node:worker_threads';

/**
 * A thread beside an isolated tool's own. An orphan is given another parent: then it ends the process and all that it
 * started, whatever the tool's thread is at.
 */
const everyMs = 250;
setInterval(() => {
  if (process.ppid !== workerData) process.kill(-process.pid, 'SIGKILL');
}, everyMs);
