/** One number about a thing at one moment, as its kind measures it. */
export interface Measurement {
  /** Lower case words: `cpu_seconds`. */
  readonly name: string;
  readonly value: number;
  /** What it is counted in: `bytes`, `seconds`. */
  readonly unit: string;
  /** `counter`: it only grows, and how fast is what tells; it falls when what it counts starts anew. Else `gauge`. */
  readonly type: 'gauge' | 'counter';
}

/** What was measured of a thing at one time, milliseconds since 1970. */
export interface Sample {
  readonly at: number;
  readonly measurements: readonly Measurement[];
}

/** One series over time, in the unit it is to be read in; a counter as its growth a second. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

/** The series in the samples, which are oldest first. A counter has a point fewer, and none where it fell. */
export function toSeries(samples: readonly Sample[]): readonly Series[] {
  const names = new Map<string, Measurement>();
  for (const { measurements } of samples) for (const one of measurements) names.set(one.name, one);
  return [...names.values()].map(({ name, unit, type }) => {
    const points = samples.flatMap(({ at, measurements }) => {
      const found = measurements.find((one) => one.name === name);
      return found === undefined ? [] : [{ at, value: found.value }];
    });
    return type === 'gauge' ? { name, unit, points } : { name, unit: `${unit}/s`, points: toRates(points) };
  });
}

function toRates(points: Series['points']): Series['points'] {
  return points.slice(1).flatMap(({ at, value }, index) => {
    const before = points[index]!;
    const seconds = (at - before.at) / 1_000;
    return value < before.value || seconds <= 0 ? [] : [{ at, value: (value - before.value) / seconds }];
  });
}

/** A series in a line: its least, mean, greatest and last value, and some of it over time. Undefined for an empty one. */
export function describeSeries({ name, unit, points }: Series, shownPoints = 12): string | undefined {
  const last = points.at(-1);
  const first = points[0];
  if (last === undefined || first === undefined) return undefined;
  const values = points.map(({ value }) => value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const show = (value: number) => showNumber(value, unit);
  const shown = thinOut(values, shownPoints).map(show).join(', ');
  const minutes = ((last.at - first.at) / 60_000).toFixed(1);
  const least = show(Math.min(...values));
  const greatest = show(Math.max(...values));
  return `${name}: min ${least}, mean ${show(mean)}, max ${greatest}, last ${show(last.value)}; over ${minutes} min: ${shown}`;
}

/** Some of the values, evenly chosen, the first and the last among them. */
function thinOut(values: readonly number[], most: number): readonly number[] {
  if (values.length <= most) return values;
  return Array.from({ length: most }, (_, index) => values[Math.round((index * (values.length - 1)) / (most - 1))]!);
}

function showNumber(value: number, unit: string): string {
  if (unit.startsWith('bytes')) return `${(value / 1_024 / 1_024).toFixed(1)} MiB${unit.slice('bytes'.length)}`;
  const number = Number.isInteger(value) ? String(value) : value.toPrecision(3);
  return unit === '' ? number : `${number} ${unit}`;
}
