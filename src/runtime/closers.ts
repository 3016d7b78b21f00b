/** What has been opened, to be closed in the reverse order. One that fails to close does not keep the others open. */
export function createClosers() {
  const closers: (() => Promise<unknown>)[] = [];
  return {
    add(close: () => Promise<unknown>): void {
      closers.push(close);
    },
    async closeAll(): Promise<void> {
      const errors: unknown[] = [];
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        await close().catch((error: unknown) => errors.push(error));
      }
      if (errors.length > 0) throw new AggregateError(errors, 'not everything could be closed');
    },
  };
}
