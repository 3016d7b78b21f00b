import { isUtf8 } from 'node:buffer';
import type { ListOptions, StoreEntry, StoreList } from './store.ts';
import { isAnswerTooLarge, isCompacted } from './store-error.ts';

/** What both of our etcd clients say to list: a range request, as the protocol has it. */
export interface RangeRequest {
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly limit: number;
  readonly revision?: number;
  readonly keys_only?: boolean;
}

export interface RangeAnswer {
  readonly header: { readonly revision: string };
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
}

export interface KeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly create_revision: string;
  readonly mod_revision: string;
}

type Range = (request: RangeRequest) => Promise<RangeAnswer>;

const firstPageSize = 500;
/** A list that compaction overtakes this often is not going to end. */
const maximumRestarts = 3;

/**
 * Lists a prefix in pages, all at the revision of the first one. Pages shrink where values are large, so that no answer
 * is larger than what the client receives; a list overtaken by compaction starts again, unless its revision was asked for.
 */
export async function listPages(range: Range, prefix: string, options: ListOptions = {}): Promise<StoreList> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await listOnce(range, prefix, options);
    } catch (error) {
      if (!isCompacted(error) || options.atRevision !== undefined || restarts >= maximumRestarts) throw error;
    }
  }
}

async function listOnce(range: Range, prefix: string, options: ListOptions): Promise<StoreList> {
  const entries: StoreEntry[] = [];
  let revision = 0;
  for await (const page of readPages(range, prefix, { ...options, isPinned: true })) {
    revision = page.revision;
    for (const entry of page.entries) entries.push(entry);
  }
  return { revision, entries };
}

/** The pages of a prefix, each as things are when it is asked for: compaction overtakes no walk, however long it takes. */
export async function* walkPages(range: Range, prefix: string): AsyncGenerator<readonly StoreEntry[], void> {
  for await (const { entries } of readPages(range, prefix, { isPinned: false })) yield entries;
}

interface Reading extends ListOptions {
  /** Whether later pages are read at the revision of the first. */
  readonly isPinned: boolean;
}

async function* readPages(
  range: Range,
  prefix: string,
  { isPinned, atRevision, keysOnly = false }: Reading,
): AsyncGenerator<StoreList, void> {
  const end = endOfPrefix(prefix);
  let revision = atRevision;
  let limit = firstPageSize;
  let from = Buffer.from(prefix);
  for (;;) {
    let answer: RangeAnswer;
    try {
      answer = await range({
        key: from,
        range_end: end,
        limit,
        ...(revision === undefined ? {} : { revision }),
        ...(keysOnly ? { keys_only: true } : {}),
      });
    } catch (error) {
      if (!isAnswerTooLarge(error) || limit === 1) throw error;
      limit = Math.ceil(limit / 8);
      continue;
    }
    const readAt = revision ?? Number(answer.header.revision);
    if (isPinned) revision = readAt;
    yield { revision: readAt, entries: answer.kvs.map(toStoreEntry) };
    const last = answer.kvs.at(-1);
    if (!answer.more || last === undefined) return;
    from = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

/** The first key after everything that begins with the prefix. Prefixes end in `/`, so there always is one. */
export function endOfPrefix(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1] = end[end.length - 1]! + 1;
  return end;
}

export function toStoreEntry(pair: KeyValue): StoreEntry {
  return {
    key: pair.key.toString('utf8'),
    value: pair.value.toString('utf8'),
    ...(isUtf8(pair.value) ? {} : { notText: true }),
    createRevision: Number(pair.create_revision),
    modRevision: Number(pair.mod_revision),
  };
}
