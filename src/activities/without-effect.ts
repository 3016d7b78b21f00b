const known = new WeakSet<object>();

/** Notes of what a tool threw that nothing came of it, as the ledger has it. Returns it, to be thrown on. */
export function withoutEffect(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) known.add(error);
  return error;
}

/** Whether a step failed by its tool, and without an effect: then a plan may go on without it, where its tool says so. */
export function isWithoutEffect(error: unknown): boolean {
  return typeof error === 'object' && error !== null && known.has(error);
}
