import { describe, expect, test } from 'vitest';
import type { ActualRecord } from '../../../src/domain/actual.ts';
import { createResourceIndex } from '../../../src/starters/resource-index.ts';

const key = (name: string, tenant = 'default') => ({ tenant, kind: 'Widget', name });
const record = (status: Partial<ActualRecord['status']> = {}): ActualRecord => ({
  apiVersion: 'homeostat/v1',
  kind: 'Widget',
  metadata: { name: 'x', tenant: 'default' },
  id: '1',
  status: { state: 'Running', settledRevision: 1, drifted: false, failures: 0, conditions: [], ...status },
});

describe('the index', () => {
  test('knows a resource as long as one half of it is there', () => {
    const index = createResourceIndex();
    index.setDesired(key('a'), 7);
    index.setActual(key('a'), record());
    index.setDesired(key('a'), 0);
    expect(index.get(key('a'))).toMatchObject({ desiredRevision: 0 });
    index.setActual(key('a'), undefined);
    expect([index.get(key('a')), index.size, [...index.all()]]).toEqual([undefined, 0, []]);
  });

  test('keeps no observations: ten thousand of them are not needed for a decision', () => {
    const index = createResourceIndex();
    index.setActual(key('a'), record({ observed: { large: 'x' } }));
    expect(index.get(key('a'))?.actual?.status).not.toHaveProperty('observed');
  });

  test('knows which are to be tried again, as long as they say so', () => {
    const index = createResourceIndex();
    const retrying = () => [...index.retrying()].map((entry) => entry.key.name);
    for (const name of ['a', 'b', 'c']) index.setActual(key(name), record({ retryAt: '2026-11-22T10:00:00Z' }));
    index.setActual(key('d'), record());
    expect(retrying()).toEqual(['a', 'b', 'c']);
    index.setActual(key('a'), record());
    index.setActual(key('b'), undefined);
    expect(retrying()).toEqual(['c']);
  });

  test('finds who waits for a resource, in its own tenant alone, and forgets who no longer does', () => {
    const index = createResourceIndex();
    const waiters = () => index.waitingFor(key('db')).map((entry) => entry.key.name);
    index.setActual(key('app'), record({ state: 'Pending', waitingFor: ['Widget/db'] }));
    index.setActual(key('web'), record({ state: 'Pending', waitingFor: ['Widget/db', 'Widget/app'] }));
    index.setActual(key('spy', 't2'), record({ waitingFor: ['Widget/db'] }));
    expect(waiters()).toEqual(['app', 'web']);
    index.setActual(key('app'), record());
    index.setActual(key('web'), undefined);
    expect(waiters()).toEqual([]);
    expect(index.waitingFor(key('app'))).toEqual([]);
  });

  test.each([
    { desired: 5, waitingFor: undefined, db: undefined, unblocked: false, reason: 'it waits for nothing' },
    { desired: 5, waitingFor: ['Widget/db'], db: undefined, unblocked: false, reason: 'what it needs is not there' },
    {
      desired: 5,
      waitingFor: ['Widget/db'],
      db: { desired: 1, state: 'Creating' },
      unblocked: false,
      reason: 'it is being made',
    },
    { desired: 5, waitingFor: ['Widget/db'], db: { desired: 1, state: 'Running' }, unblocked: true, reason: 'it runs' },
    {
      desired: 5,
      waitingFor: ['Widget/db'],
      db: { desired: 0, state: 'Running' },
      unblocked: false,
      reason: 'it is on its way out',
    },
    {
      desired: 5,
      waitingFor: ['Widget/db', 'Widget/x'],
      db: { desired: 1, state: 'Running' },
      unblocked: false,
      reason: 'another is missing',
    },
    {
      desired: 0,
      waitingFor: ['Widget/db'],
      db: { desired: 1, state: undefined },
      unblocked: true,
      reason: 'a delete, and it is gone',
    },
    { desired: 0, waitingFor: ['Widget/db'], db: undefined, unblocked: true, reason: 'a delete, and it never was' },
  ] as const)('$reason → unblocked: $unblocked', ({ desired, waitingFor, db, unblocked }) => {
    const index = createResourceIndex();
    index.setDesired(key('app'), desired);
    index.setActual(key('app'), record(waitingFor === undefined ? {} : { waitingFor }));
    if (db !== undefined) {
      index.setDesired(key('db'), db.desired);
      index.setActual(key('db'), db.state === undefined ? undefined : record({ state: db.state }));
    }
    expect(index.isUnblocked(index.get(key('app'))!)).toBe(unblocked);
  });

  test.each([
    { dependsOn: ['Widget/db'], unblocked: false, reason: 'it is needed' },
    { dependsOn: ['db'], unblocked: false, reason: 'it is needed, in other words' },
    { dependsOn: ['Widget/other'], unblocked: true, reason: 'another is needed' },
    { dependsOn: [], unblocked: true, reason: 'nothing is needed' },
    { dependsOn: [7, 'a/b/c/d'], unblocked: true, reason: 'somebody broke what is needed' },
    { dependsOn: 'Widget/db', unblocked: true, reason: 'somebody broke the list' },
    { dependsOn: undefined, unblocked: true, reason: 'nothing was ever applied' },
  ])('a delete that waits for one that is there: $reason → unblocked: $unblocked', ({ dependsOn, unblocked }) => {
    const index = createResourceIndex();
    index.setActual(key('db'), record({ waitingFor: ['Widget/app'] }));
    index.setDesired(key('app'), 5);
    const applied = (names: unknown) =>
      ({ ...record(), lastApplied: { spec: {}, labels: {}, dependsOn: names } }) as ActualRecord;
    index.setActual(key('app'), applied(['Widget/db']));
    expect(index.isUnblocked(index.get(key('db'))!)).toBe(false);
    index.setActual(key('app'), dependsOn === undefined ? record() : applied(dependsOn));
    expect(index.isUnblocked(index.get(key('db'))!)).toBe(unblocked);
    expect(index.waitingFor(key('app')).map((entry) => entry.key.name)).toEqual(['db']);
  });

  test('of deletes that wait for each other the first is free once all of them are to go', () => {
    const index = createResourceIndex();
    const applied = (name: string) => ({
      ...record({ waitingFor: [`Widget/${name}`] }),
      lastApplied: { spec: {}, labels: {}, dependsOn: [`Widget/${name}`] },
    });
    index.setDesired(key('db'), 5);
    index.setActual(key('app'), applied('db'));
    index.setActual(key('db'), applied('app'));
    const isUnblocked = (name: string) => index.isUnblocked(index.get(key(name))!);
    expect(isUnblocked('app')).toBe(false);
    index.setDesired(key('db'), 0);
    expect(['app', 'db'].map(isUnblocked)).toEqual([true, false]);
    index.setActual(key('app'), undefined);
    expect(isUnblocked('db')).toBe(true);
  });

  test('keeps what a resource depends on only where that is something', () => {
    const index = createResourceIndex();
    const lastApplied = { spec: { large: 'x' }, labels: {}, dependsOn: [] };
    index.setActual(key('a'), { ...record(), lastApplied });
    expect(Object.keys(index.get(key('a'))!.actual!)).toEqual(['status']);
    index.setActual(key('a'), { ...record(), lastApplied: { ...lastApplied, dependsOn: ['Widget/db'] } });
    expect(index.get(key('a'))!.actual).toMatchObject({ dependencies: ['default/Widget/db'] });
  });
});
