import { describe, expect, test } from 'vitest';
import { createStreak, standardPace } from '../../../src/domain/issue-check.ts';

describe('a streak of looks', () => {
  test('is a fault from the last of so many bad looks on, since the first of them', () => {
    const streak = createStreak({ ...standardPace, failures: 3 });
    expect([1, 2, 3, 4].map((now) => streak.note(false, now))).toEqual([undefined, undefined, 'fails', 'fails']);
    expect({ since: streak.since, bad: streak.badLooks }).toEqual({ since: 1, bad: 4 });
  });

  test('that a good look breaks begins anew', () => {
    const streak = createStreak({ ...standardPace, failures: 2 });
    expect([false, true, false].map((isGood, now) => streak.note(isGood, now))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(streak.note(false, 9)).toBe('fails');
    expect(streak.since).toBe(2);
  });

  test('is over after so many good looks, and says so once', () => {
    const streak = createStreak({ ...standardPace, failures: 1, successes: 2 });
    const looks = [false, true, false, true, true, true];
    expect(looks.map((isGood, now) => streak.note(isGood, now))).toEqual([
      'fails',
      undefined,
      'fails',
      undefined,
      'recovered',
      undefined,
    ]);
  });

  test('that is forgotten has seen nothing', () => {
    const streak = createStreak({ ...standardPace, failures: 2 });
    streak.note(false, 1);
    streak.note(false, 2);
    streak.forget();
    expect(streak.note(false, 3)).toBeUndefined();
    expect(streak.note(true, 4)).toBeUndefined();
  });
});
