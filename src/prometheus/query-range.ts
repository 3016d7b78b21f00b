import { z } from 'zod';
import { cutToLength } from '../domain/cut-to-length.ts';
import { causeOf } from '../domain/failure.ts';
import type { Series } from '../domain/measurement.ts';

export interface RangeQuery {
  readonly query: string;
  /** Milliseconds since 1970. */
  readonly endAt: number;
  readonly lengthMs: number;
  readonly stepMs: number;
}

export interface RangeAnswer {
  readonly series: readonly Series[];
  /** Series beyond those that are kept. */
  readonly left: number;
}

const maximumBytes = 1_024 * 1_024;
const keptSeries = 100;
const shownError = 300;

const matrix = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        // Histograms of the native sort come without values.
        values: z.array(z.tuple([z.number(), z.string()])).default([]),
      }),
    ),
  }),
});
const fault = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

/** One query of Prometheus' HTTP API, `/api/v1/query_range`. Throws what it answered instead, or why it did not. */
export async function queryRange(
  { url, token }: { readonly url: string; readonly token?: string },
  { query, endAt, lengthMs, stepMs }: RangeQuery,
  signal: AbortSignal,
): Promise<RangeAnswer> {
  const response = await fetch(`${url.replace(/\/+$/, '')}/api/v1/query_range`, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'user-agent': 'homeostat',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: new URLSearchParams({
      query,
      start: String((endAt - lengthMs) / 1_000),
      end: String(endAt / 1_000),
      step: String(stepMs / 1_000),
      timeout: '4s',
    }),
    // The token is for the configured address alone.
    redirect: 'manual',
    signal,
  }).catch((error: unknown) => {
    throw causeOf(error);
  });
  const body = parse(await readText(response));
  const refused = fault.safeParse(body);
  if (refused.success) {
    const { errorType, error } = refused.data;
    throw new Error(`${errorType}: ${cutToLength(error, shownError)}`);
  }
  const answer = matrix.safeParse(body);
  if (!response.ok || !answer.success) throw new Error(`answered ${response.status}, and not as a Prometheus does`);
  const { result } = answer.data.data;
  return {
    series: result.slice(0, keptSeries).map((one) => toOne(one, query)),
    left: Math.max(0, result.length - keptSeries),
  };
}

/** Labels that only repeat what was asked for are left out. */
const known = new Set(['resource_id', 'resource_kind', 'tenant']);

function toOne({ metric, values }: z.output<typeof matrix>['data']['result'][number], query: string): Series {
  // What is computed has no name of its own.
  const { __name__: name = `${query} → `, ...labels } = metric;
  const shown = Object.entries(labels)
    .filter(([label]) => !known.has(label))
    .map(([label, value]) => `${label}="${value}"`)
    .toSorted();
  const points = values.map(([at, value]) => ({ at: at * 1_000, value: Number(value) }));
  // NaN and the infinities are values there; they say nothing of how much.
  return {
    name: `${name}{${shown.join(',')}}`,
    unit: '',
    points: points.filter(({ value }) => Number.isFinite(value)),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The body as text; a longer one than fits is not read to its end. */
async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maximumBytes) throw new Error(`answered more than ${maximumBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
