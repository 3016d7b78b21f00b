import { performance } from 'node:perf_hooks';
import { context, SpanKind, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import { HomeostatError, type FailureCode } from '../domain/failure.ts';
import { isStoreAway } from '../state/store-error.ts';
import type { Store } from '../state/store.ts';
import type { Metrics } from './metrics.ts';
import type { Tracing } from './tracing.ts';

/** A store that tells of its calls. */
export interface ObservedStore extends Store {
  /** Why the store did not take or give what it was asked for; nothing when it does again. For readiness. */
  fault(): StoreFault | undefined;
}

export interface StoreFault {
  readonly code: FailureCode;
  readonly text: string;
}

/** A fault is believed for so long, when nobody has tried again since. */
const believedForMs = 60_000;
/** Keys named in a span; a transaction may write more. */
const maximumKeys = 8;

/** Counts and times the calls of a store; a commit within a span, as an activity has one, is a span of its own. */
export function observeStore(store: Store, { tracer }: Tracing, metrics: Metrics): ObservedStore {
  /** A full store still reads, so only a commit ends that fault. */
  const faults = new Map<FailureCode, StoreFault & { readonly at: number }>();

  const observe = async <Result>(operation: string, call: () => Promise<Result>): Promise<Result> => {
    const startedAt = performance.now();
    try {
      const result = await call();
      metrics.store.observe({ operation }, (performance.now() - startedAt) / 1_000);
      faults.delete('STORE_UNAVAILABLE');
      if (operation === 'commit') faults.delete('STORE_FULL');
      return result;
    } catch (error) {
      const code = toCode(error);
      metrics.storeFaults.inc({ operation, code });
      if (error instanceof HomeostatError && isStoreAway(error))
        faults.set(code, { code, text: error.message, at: performance.now() });
      throw error;
    }
  };

  const traceCommit: Store['commit'] = async (compares, writes) => {
    const commit = () => observe('commit', () => store.commit(compares, writes));
    if (trace.getSpan(context.active()) === undefined) return commit();
    const attributes: Attributes = {
      'db.system.name': 'etcd',
      'db.operation.name': 'commit',
      'homeostat.etcd.keys': writes.slice(0, maximumKeys).map(({ key }) => key),
      'homeostat.etcd.writes': writes.length,
    };
    const span = tracer.startSpan('etcd commit', { kind: SpanKind.CLIENT, attributes });
    try {
      const answer = await commit();
      span.setAttributes({ 'homeostat.etcd.revision': answer.revision, 'homeostat.etcd.committed': answer.committed });
      return answer;
    } catch (error) {
      const code = toCode(error);
      span.setAttribute('error.type', code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
      throw error;
    } finally {
      span.end();
    }
  };

  return {
    get: (key) => observe('get', () => store.get(key)),
    getMany: (keys) => observe('get', () => store.getMany(keys)),
    list: (prefix, options) => observe('list', () => store.list(prefix, options)),
    async *walk(prefix) {
      const pages = store.walk(prefix)[Symbol.asyncIterator]();
      for (;;) {
        const page = await observe('list', () => pages.next());
        if (page.done === true) return;
        yield page.value;
      }
    },
    commit: traceCommit,
    putFor: (key, value, seconds) => observe('commit', () => store.putFor(key, value, seconds)),
    keepAlive: (key, value, ttlSeconds) => store.keepAlive(key, value, ttlSeconds),
    close: () => store.close(),
    fault() {
      const all = [faults.get('STORE_FULL'), faults.get('STORE_UNAVAILABLE')];
      return all.find((fault) => fault !== undefined && performance.now() - fault.at < believedForMs);
    },
  };
}

function toCode(error: unknown): FailureCode {
  return error instanceof HomeostatError ? error.code : 'RUNTIME_FAULT';
}
