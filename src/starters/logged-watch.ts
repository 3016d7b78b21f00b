import { describeThrown } from '../domain/failure.ts';
import type { Log } from '../domain/log.ts';
import { createPrefixWatch } from '../state/create-prefix-watch.ts';
import type { PrefixWatch, PrefixWatchOptions, WatchState } from '../state/prefix-watch.ts';

export interface LoggedWatchOptions extends Omit<PrefixWatchOptions, 'onState' | 'onFault' | 'relistMs'> {
  readonly log: Log;
}

/** A watch that says in the log when it is lost, when it is back, and when it had to list everything again. */
export function createLoggedWatch({ log, ...options }: LoggedWatchOptions): PrefixWatch {
  const { prefix } = options;
  let before: Pick<WatchState, 'connected' | 'resyncs'> = { connected: true, resyncs: 0 };
  return createPrefixWatch({
    ...options,
    onState(state) {
      const { connected, resyncs, lastRevision, cause } = state;
      if (before.connected && cause !== undefined) log.warn({ prefix, cause }, 'lost the watch, will try again');
      if (connected && !before.connected) log.info({ prefix, lastRevision, resyncs }, 'the watch is back');
      if (resyncs > before.resyncs) log.warn({ prefix, cause, resyncs }, 'changes may have been missed, lists again');
      before = state;
    },
    onFault: (error) => log.warn({ prefix, cause: describeThrown(error) }, 'cannot take in what the watch brought'),
  });
}
