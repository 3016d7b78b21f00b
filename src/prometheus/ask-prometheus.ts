import { describeThrown } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { describeSeries } from '../domain/measurement.ts';
import { queryRange } from './query-range.ts';
import { toQueries } from './standard-queries.ts';

export interface PrometheusSettings {
  readonly url: string;
  readonly token?: string;
  /** PromQL by issue type, instead of the standard queries. */
  readonly queries: Readonly<Record<string, readonly string[]>>;
}

/** What is asked for: long enough to see how a fault came, in steps that fit into a line of evidence. */
const range = { lengthMs: 15 * 60_000, stepMs: 30_000 };
/** For all queries together: evidence is gathered while something is broken. */
const deadlineMs = 5_000;
const shownSeries = 10;

/**
 * Asks a Prometheus about a resource with a fault, all queries at once. Answers a text, a line for each series, and one for
 * each query that failed; the empty text when it knows nothing of the resource. Never throws.
 */
export function createAskPrometheus(settings: PrometheusSettings) {
  return async (resource: ResourceKey, issueType: string, signal: AbortSignal): Promise<string> => {
    const until = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    const ask = async (query: string): Promise<readonly string[]> => {
      try {
        const { series, left } = await queryRange(settings, { ...range, query, endAt: Date.now() }, until);
        const lines = series.slice(0, shownSeries).flatMap((one) => describeSeries(one) ?? []);
        const more = series.length - lines.length + left;
        return more > 0 && lines.length > 0 ? [...lines, `(${more} more series of ${query})`] : lines;
      } catch (error) {
        return [`could not ask ${query}: ${describeThrown(error)}`];
      }
    };
    const answers = await Promise.all(toQueries(resource, issueType, settings.queries).map(ask));
    return answers.flat().join('\n');
  };
}
