import { describeThrown } from '../domain/failure.ts';
import { endOfPrefix } from './list-pages.ts';
import type { EtcdRpc, WatchAnswer } from './etcd-rpc.ts';
import type { WatchEvent } from './prefix-watch.ts';

/** Why a stream came to its end. `compacted`, `other-store`: events were missed, everything must be listed again. */
export interface StreamEnd {
  readonly type: 'lost' | 'compacted' | 'other-store' | 'closed';
  readonly cause: string;
}

export interface StreamOptions {
  readonly rpc: EtcdRpc;
  readonly prefix: string;
  /** What was written at this revision or before is known; at least 1. */
  readonly knownRevision: number;
  readonly signal: AbortSignal;
  onOpen(): void;
  /** etcd said something, if only how far it has come; it does so about every second. */
  onHeard(): void;
  onEvent(event: WatchEvent): void;
}

const tickMs = 500;
/** A progress request goes out every other tick. */
const ticksPerRequest = 2;
/** Ticks without a word from etcd until the stream counts as dead: 3 s. */
const silentTicks = 6;

/**
 * One watch on one stream, until it ends for whatever reason; never rejects.
 *
 * Silence is measured in ticks of our own timer: an event loop that was blocked for long makes one late tick, not six,
 * so it is never taken for a dead etcd.
 */
export function runWatchStream({
  rpc,
  prefix,
  knownRevision,
  signal,
  onOpen,
  onHeard,
  onEvent,
}: StreamOptions): Promise<StreamEnd> {
  return new Promise((resolve) => {
    const stream = rpc.watch();
    const assembler = createEventAssembler((event) => {
      if (event.modRevision > knownRevision) onEvent(event);
    });
    let silent = 0;
    let ticks = 0;
    let open = false;
    let ended = false;

    const end = (type: StreamEnd['type'], cause: string) => {
      if (ended) return;
      ended = true;
      clearInterval(ticker);
      signal.removeEventListener('abort', onAbort);
      stream.cancel();
      resolve({ type, cause });
    };
    const onAbort = () => end('closed', 'closed');
    const ticker = setInterval(() => {
      silent += 1;
      ticks += 1;
      if (silent > silentTicks) return end('lost', `etcd said nothing for ${(silentTicks * tickMs) / 1_000} s`);
      if (open && ticks % ticksPerRequest === 0) stream.write({ progress_request: {} });
    }, tickMs);
    const onAnswer = (answer: WatchAnswer) => {
      if (ended) return;
      silent = 0;
      onHeard();
      if (answer.canceled) {
        const compacted = Number(answer.compact_revision) > 0;
        return end(
          compacted ? 'compacted' : 'lost',
          `etcd ended the watch: ${answer.cancel_reason || 'no reason given'}`,
        );
      }
      if (answer.created) {
        // A store that has not come as far as we have seen is another one, or was put back to an older state.
        if (Number(answer.header?.revision) < knownRevision)
          return end('other-store', 'etcd went back to an older revision');
        open = true;
        onOpen();
      }
      assembler.take(answer);
    };

    stream.on('data', onAnswer);
    // The cancel itself comes back as an error, and one without a listener would end the process.
    stream.on('error', (error) => end('lost', describeThrown(error)));
    stream.on('end', () => end('lost', 'etcd ended the stream'));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return onAbort();
    stream.write({
      create_request: {
        key: Buffer.from(prefix),
        range_end: endOfPrefix(prefix),
        // Not the next one: while nothing is written, etcd does not answer for a watch that begins in the future
        // (`progressIfSync` of its `watchable_store.go`), and a quiet store would look like a dead one.
        start_revision: knownRevision,
        fragment: true,
      },
    });
  });
}

/**
 * Puts fragments together: a revision is handed on only once all its events are here, so that a stream cut in between
 * is resumed at that revision and not behind it.
 */
export function createEventAssembler(onEvent: (event: WatchEvent) => void) {
  let held: WatchEvent[] = [];
  const release = () => {
    const whole = held;
    held = [];
    for (const event of whole) onEvent(event);
  };
  return {
    take({ events, fragment }: Pick<WatchAnswer, 'events' | 'fragment'>): void {
      for (const event of events.map(toWatchEvent)) {
        if (held.length > 0 && held[0]!.modRevision !== event.modRevision) release();
        held.push(event);
      }
      if (!fragment) release();
    },
  };
}

function toWatchEvent({ type, kv }: WatchAnswer['events'][number]): WatchEvent {
  const key = kv.key.toString('utf8');
  const modRevision = Number(kv.mod_revision);
  if (type === 'Delete') return { type: 'delete', key, modRevision, createRevision: 0 };
  return {
    type: 'put',
    key,
    value: kv.value.toString('utf8'),
    modRevision,
    createRevision: Number(kv.create_revision),
  };
}
