import { expect, test } from 'vitest';
import { describeSeries, toSeries, type Sample } from '../../../src/domain/measurement.ts';

const sample = (seconds: number, cpu: number, mebibytes: number): Sample => ({
  at: seconds * 1_000,
  measurements: [
    { name: 'cpu', value: cpu, unit: 'seconds', type: 'counter' },
    { name: 'memory', value: mebibytes * 1_024 * 1_024, unit: 'bytes', type: 'gauge' },
  ],
});

test('samples become series: gauges as they are, counters as their growth a second', () => {
  const [cpu, memory] = toSeries([sample(0, 0, 10), sample(10, 5, 20), sample(20, 15, 40)]);
  expect(cpu).toEqual({
    name: 'cpu',
    unit: 'seconds/s',
    points: [
      { at: 10_000, value: 0.5 },
      { at: 20_000, value: 1 },
    ],
  });
  expect(memory!.points.map(({ value }) => value / 1_024 / 1_024)).toEqual([10, 20, 40]);
});

test('a counter that fell was started anew: nothing is said of the time in between', () => {
  const [cpu] = toSeries([sample(0, 10, 1), sample(10, 1, 1), sample(20, 2, 1)]);
  expect(cpu!.points).toEqual([{ at: 20_000, value: 0.1 }]);
});

test('a series is shown as least, mean, greatest, last, and some of it over time', () => {
  const [, memory] = toSeries([sample(0, 0, 10), sample(30, 5, 20), sample(60, 15, 60)]);
  expect(describeSeries(memory!)).toBe(
    'memory: min 10.0 MiB, mean 30.0 MiB, max 60.0 MiB, last 60.0 MiB; over 1.0 min: 10.0 MiB, 20.0 MiB, 60.0 MiB',
  );
  const long = toSeries(Array.from({ length: 120 }, (_, index) => sample(index * 15, index, index)));
  const shown = describeSeries(long[1]!, 4)!;
  expect(shown.split('over 29.8 min: ')[1]).toBe('0.0 MiB, 40.0 MiB, 79.0 MiB, 119.0 MiB');
  expect(describeSeries({ name: 'cpu', unit: '', points: [] })).toBeUndefined();
});
