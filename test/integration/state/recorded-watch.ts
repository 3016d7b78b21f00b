import { createPrefixWatch } from '../../../src/state/create-prefix-watch.ts';
import type { PrefixWatch, PrefixWatchOptions, WatchEvent } from '../../../src/state/prefix-watch.ts';

/** A watch that keeps what it is told, as a consumer would see it. */
export interface RecordedWatch extends PrefixWatch {
  readonly events: WatchEvent[];
  readonly lists: { readonly keys: readonly string[] | 'unchanged'; readonly revision: number }[];
  /** Key and value of all that is there, by lists and events alone. */
  readonly mirror: Map<string, string>;
  readonly faults: unknown[];
}

export function createRecordedWatch(
  options: Pick<PrefixWatchOptions, 'connection' | 'prefix'> & Partial<PrefixWatchOptions>,
): RecordedWatch {
  const events: WatchEvent[] = [];
  const lists: RecordedWatch['lists'] = [];
  const mirror = new Map<string, string>();
  const faults: unknown[] = [];
  const watch = createPrefixWatch({
    onList(entries, revision) {
      if (entries === 'unchanged') {
        lists.push({ keys: 'unchanged', revision });
        return;
      }
      lists.push({ keys: entries.map(({ key }) => key), revision });
      for (const { key, value } of entries) mirror.set(key, value);
    },
    onEvent(event) {
      events.push(event);
      if (event.type === 'delete') mirror.delete(event.key);
      else mirror.set(event.key, event.value!);
    },
    onFault: (error) => faults.push(error),
    ...options,
  });
  return { ...watch, events, lists, mirror, faults };
}
