import { createClosers } from '../../src/runtime/closers.ts';

export type Closers = ReturnType<typeof createClosers>;

/** Starts several things, of which none is left behind when a later one does not come up. */
export async function withClosers<Started>(start: (closers: Closers) => Promise<Started>): Promise<Started> {
  const closers = createClosers();
  try {
    return await start(closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}
