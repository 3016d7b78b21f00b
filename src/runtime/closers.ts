import { describeThrown } from '../domain/failure.ts';
import type { Logger } from '../telemetry/logger.ts';

/** What has been opened, to be closed in the reverse order. One that fails to close does not keep the others open. */
export interface Closers {
  add(close: () => Promise<unknown>): void;
  closeAll(): Promise<void>;
}

/** Opens one after the other; what was opened is closed again when a later one fails, and that failure is thrown whatever comes of it. */
export async function openAll<Opened>(
  log: Pick<Logger, 'warn'>,
  open: (closers: Closers) => Promise<Opened>,
): Promise<Opened> {
  const closers = createClosers();
  try {
    return await open(closers);
  } catch (error) {
    await closers
      .closeAll()
      .catch((left: unknown) => log.warn({ cause: describeThrown(left) }, 'after a failed start'));
    throw error;
  }
}

function createClosers(): Closers {
  const closers: (() => Promise<unknown>)[] = [];
  return {
    add(close) {
      closers.push(close);
    },
    async closeAll() {
      const errors: unknown[] = [];
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        await close().catch((error: unknown) => errors.push(error));
      }
      if (errors.length === 0) return;
      throw new AggregateError(errors, `not everything could be closed: ${errors.map(describeThrown).join('; ')}`);
    },
  };
}
