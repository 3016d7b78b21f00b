import { setTimeout as sleep } from 'node:timers/promises';

/** Many trials wait at once, of a machine that is to be left to the services. */
const everyMs = 400;

/** Asks again until the answer is yes; fails when it was not in time. */
export async function waitUntil(what: string, timeoutMs: number, ask: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1_000} s in vain for ${what}`);
    await sleep(everyMs);
  }
}
