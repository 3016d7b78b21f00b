import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { isRunning, ownIdentity } from './process-identity.ts';

/**
 * A lock that one process holds and that dies with it. Node has no flock, and "delete the stale file, then create
 * it" lets two processes win: the second deletes what the first has just created. Here each holding has a nonce, and
 * a dead holding is inherited by creating `<file>.<its nonce>` with link(2), which exactly one process can do. The
 * holder is the end of that chain; the winner writes itself into the file and only then removes the chain.
 */
const holdingSchema = z.object({ pid: z.number(), startTime: z.string(), nonce: z.string(), since: z.string() });

type Holding = Readonly<z.output<typeof holdingSchema>>;

export interface HeldLock {
  /** Gives the lock back. Safe to call more than once. */
  release(): Promise<void>;
}

export interface LockHolder {
  readonly heldBy: { readonly pid: number; readonly since: string };
}

/** Takes the lock, or says who holds it. A lock whose holder has died is taken over. Never waits. */
export async function acquireLock(file: string): Promise<HeldLock | LockHolder> {
  // A data folder begins with its lock, and what specs hold will stand in it, in the servers' data too.
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const mine: Holding = { ...ownIdentity(), nonce: randomUUID(), since: new Date().toISOString() };
  const draft = `${file}.draft-${mine.nonce}`;
  await writeFile(draft, JSON.stringify(mine));
  try {
    for (;;) {
      if (await createLink(draft, file)) return createHeldLock(file, mine);
      const chain = await readChain(file);
      const holder = chain.at(-1);
      if (holder === undefined) continue;
      if (isRunning(holder)) return { heldBy: { pid: holder.pid, since: holder.since } };
      if (await inherit(file, draft, chain, holder)) return createHeldLock(file, mine);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Takes the lock as soon as it is free; gives up, saying who holds it, when that takes too long. */
export async function waitForLock(file: string, giveUpAfterMs: number): Promise<HeldLock | LockHolder> {
  const deadline = performance.now() + giveUpAfterMs;
  for (;;) {
    const lock = await acquireLock(file);
    if ('release' in lock || performance.now() > deadline) return lock;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function createHeldLock(file: string, mine: Holding): HeldLock {
  return {
    release: async () => {
      const current = await readHolding(file);
      if (current?.nonce === mine.nonce) await unlink(file);
    },
  };
}

/** Claims the place behind a dead holder; true when the lock is ours. */
async function inherit(file: string, draft: string, chain: readonly Holding[], holder: Holding): Promise<boolean> {
  const claim = `${file}.${holder.nonce}`;
  if (!(await createLink(draft, claim))) return false;
  // Somebody may have inherited and tidied up between our reading and our claim; then the file names another.
  const current = await readChain(file, holder.nonce);
  if (current.map(({ nonce }) => nonce).join() !== chain.map(({ nonce }) => nonce).join()) {
    await rm(claim, { force: true });
    return false;
  }
  await rename(draft, file);
  for (const { nonce } of chain) await rm(`${file}.${nonce}`, { force: true });
  return true;
}

async function readChain(file: string, upTo?: string): Promise<Holding[]> {
  const chain: Holding[] = [];
  let next = await readHolding(file);
  while (next !== undefined) {
    chain.push(next);
    if (next.nonce === upTo) break;
    next = await readHolding(`${file}.${next.nonce}`);
  }
  return chain;
}

async function readHolding(file: string): Promise<Holding | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // Links are made of complete files only, so what cannot be read is not ours and counts as a holder that is long dead.
  return parseHolding(text) ?? { pid: 0, startTime: '', nonce: 'unreadable', since: 'unknown' };
}

function parseHolding(text: string): Holding | undefined {
  try {
    return holdingSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function createLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
