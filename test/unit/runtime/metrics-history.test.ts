import { afterEach, expect, test } from 'vitest';
import type { CheckedResource } from '../../../src/activities/check-issue.ts';
import type { AnyKind } from '../../../src/domain/kind.ts';
import { startMetricsHistory, type MetricsHistory } from '../../../src/runtime/metrics-history.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';
import { waitFor } from '../../support/wait-for.ts';

useFakeTime();

let history: MetricsHistory | undefined;
afterEach(() => passTime(history!.stop()));

const key = { tenant: 'default', kind: 'Lamp', name: 'a' };
const path = 'default/Lamp/a';
const log = { info: () => undefined, warn: () => undefined };
function lampThat(measure: AnyKind['measure']): CheckedResource {
  return { key, kind: { kind: 'Lamp', measure } as unknown as AnyKind, spec: {} };
}
const lumen = (value: number) => [{ name: 'lumen', value, unit: '', type: 'gauge' }] as const;
const values = () => history!.of(key).map(({ measurements }) => measurements[0]!.value);

test('what runs is measured in rounds, and only the newest is kept', async () => {
  history = startMetricsHistory({ everyMs: 5, keepForMs: 50, log });
  let measured = 0;
  history.onChange(
    path,
    lampThat(async () => lumen((measured += 1))),
  );
  await passTime(waitFor('many rounds', () => measured > 20));
  expect(values().length).toBeLessThanOrEqual(10);
  expect(values()[0]).toBeGreaterThan(10);
  expect(history.of({ ...key, name: 'b' })).toEqual([]);
});

test('what runs no more is not measured, keeps its past for a while, and then leaves nothing', async () => {
  history = startMetricsHistory({ everyMs: 10, keepForMs: 500, log });
  let measured = 0;
  history.onChange(
    path,
    lampThat(async () => lumen((measured += 1))),
  );
  await passTime(waitFor('a first round', () => values().length > 0));
  history.onChange(path, undefined);
  const before = measured;
  expect(values().length).toBeGreaterThan(0);
  await passTime(waitFor('it to be forgotten', () => values().length === 0));
  expect(measured).toBeLessThanOrEqual(before + 1);
});

test('one that fails, or never answers, does not keep the others from being measured', async () => {
  history = startMetricsHistory({ everyMs: 5, keepForMs: 60_000, log });
  const silent = { ...key, name: 'silent' };
  history.onChange('default/Lamp/silent', { ...lampThat(() => new Promise(() => undefined)), key: silent });
  history.onChange('default/Lamp/bad', {
    ...lampThat(() => Promise.reject(new Error('no'))),
    key: { ...key, name: 'bad' },
  });
  history.onChange(
    path,
    lampThat(async () => lumen(1)),
  );
  await passTime(waitFor('two rounds', () => values().length >= 2));
  expect(history.of(silent)).toEqual([]);
});
