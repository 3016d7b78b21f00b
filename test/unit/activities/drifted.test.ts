import { describe, expect, test } from 'vitest';
import type { ActualStatus } from '../../../src/domain/actual.ts';
import { toDrifted } from '../../../src/activities/status.ts';

const minute = 60_000;
const running: ActualStatus = {
  state: 'Running',
  settledRevision: 4,
  drifted: false,
  failures: 0,
  conditions: [],
  observed: { pid: 1 },
};
const at = (now: number) => ({ now, firstMs: minute, longestMs: 60 * minute });

/** The status after so many drifts, so far apart, each followed by a run that leaves the conditions as they are. */
function afterDrifts(count: number, gapMs: number, before = running): ActualStatus {
  let status = before;
  for (let index = 0; index < count; index += 1) {
    const { retryAt: _, ...repaired } = status;
    status = toDrifted({ ...repaired, drifted: false }, { pid: index }, false, at(index * gapMs));
  }
  return status;
}

describe('a status that drifted', () => {
  test('shows what was seen, and asks for a run', () => {
    expect(toDrifted(running, { pid: 2 }, false, at(0))).toMatchObject({ observed: { pid: 2 }, drifted: true });
    expect(toDrifted(running, undefined, false, at(0))).not.toHaveProperty('observed');
  });

  test('asks at once however often it happens, if that is now and then', () => {
    expect(afterDrifts(100, 11 * minute)).toMatchObject({ drifted: true, state: 'Running', drifts: { count: 1 } });
  });

  test('asks ever later when it happens again and again', () => {
    expect(afterDrifts(20, 2_000)).toMatchObject({ drifted: true });
    const first = afterDrifts(21, 2_000);
    expect(first).toMatchObject({ drifted: false, state: 'Error', retryAt: '1970-01-01T00:01:40.000Z' });
    expect(first.conditions).toContainEqual(expect.objectContaining({ type: 'Blocked', reason: 'Flapping' }));
    expect(Date.parse(afterDrifts(23, 2_000).retryAt!) - 22 * 2_000).toBe(4 * minute);
  });

  test('that waits for a retry keeps to it, unless all is as wanted again', () => {
    const waiting = { ...running, state: 'Error', retryAt: '2030-01-01T00:00:00.000Z' } as const;
    expect(toDrifted(waiting, { pid: 2 }, false, at(0))).toEqual({ ...waiting, observed: { pid: 2 } });
    expect(toDrifted(waiting, { pid: 2 }, true, at(0))).toMatchObject({ drifted: true });
  });

  test.each([
    { type: 'Blocked', reason: 'ObserveOnly' },
    { type: 'Blocked', reason: 'Frozen' },
    { type: 'Blocked', reason: 'OUTCOME_UNKNOWN' },
    { type: 'AwaitingApproval', reason: 'Dangerous' },
  ])('with nothing put right, $type $reason, goes on saying so however often it happens', ({ type, reason }) => {
    const before: ActualStatus = { ...running, conditions: [{ type, status: 'True', reason, message: 'm' }] };
    const drifts = (count: number) => {
      const { drifts: _, ...status } = afterDrifts(count, 2_000, before);
      return status;
    };
    expect(drifts(20), 'a run follows').toEqual({ ...before, observed: { pid: 19 }, drifted: true });
    expect(drifts(30), 'noted, and no run follows').toEqual({ ...before, observed: { pid: 29 }, drifted: false });
    const { now: _, ...backOff } = at(0);
    const later = { ...backOff, now: 60_000 + 11 * minute };
    expect(toDrifted(afterDrifts(30, 2_000, before), { pid: 30 }, false, later).drifted).toBe(true);
  });
});
