import { describeThrown } from '../domain/failure.ts';

const known = new WeakSet<object>();

/** Notes of what a tool threw that nothing came of it, as the ledger has it. Returns what to throw on. */
export function withoutEffect(error: unknown): object {
  const thrown = typeof error === 'object' && error !== null ? error : new Error(describeThrown(error));
  known.add(thrown);
  return thrown;
}

/** Whether a step failed by its tool, and without an effect: then a plan may go on without it, where its tool says so. */
export function isWithoutEffect(error: unknown): boolean {
  return typeof error === 'object' && error !== null && known.has(error);
}
