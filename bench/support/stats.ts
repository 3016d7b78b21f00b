/** Value below which this share (0 to 1) of the values lies, by nearest rank. Throws when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('cannot take a quantile of nothing');
  return value;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** How far repeated measurements of one thing lie apart, as a share of their median: the noise of this machine. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** For people and for JSON: nobody reads, and nothing here has, more than four digits. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** Milliseconds in short: how many, the middle, the slow end. */
export function summarise(values: readonly number[]) {
  return {
    count: values.length,
    p50: round(median(values)),
    p90: round(quantile(values, 0.9)),
    p99: round(quantile(values, 0.99)),
    longest: round(Math.max(...values)),
  };
}
