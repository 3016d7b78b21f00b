import { describe, expect, test } from 'vitest';
import { followResources } from '../../../src/cli/follow.ts';
import { judgeArrival } from '../../../src/cli/judge-arrival.ts';
import type { ActualStatus, Condition } from '../../../src/domain/actual.ts';
import { showResource, type ResourceKey } from '../../../src/domain/identity.ts';
import type { ShownResource } from '../../../src/starters/shown-resource.ts';

const keyOf = (name: string): ResourceKey => ({ tenant: 'default', kind: 'Instance', name });
const condition = (type: string, reason: string, message = ''): Condition => ({
  type,
  status: 'True',
  reason,
  message,
});
const ready = [condition('Ready', 'Converged')];
const blocked = [condition('Blocked', 'PORT_TAKEN', '80 is taken')];

function shown(status: Partial<ActualStatus>, name = 'web', version: number | undefined = 5): ShownResource {
  return {
    apiVersion: 'homeostat/v1',
    kind: 'Instance',
    metadata: { name, tenant: 'default', ...(version === undefined ? {} : { version }) },
    spec: {},
    status: { state: 'Running', settledRevision: 5, drifted: false, failures: 0, conditions: [], ...status },
  };
}
const gone = (resource: ShownResource): ShownResource => {
  const { version: _, ...metadata } = resource.metadata;
  return { ...resource, metadata };
};

describe('whether a resource has arrived', () => {
  test.each([
    { reason: 'running as wanted', resource: shown({ conditions: ready }), type: 'converged' },
    { reason: 'an older revision running', resource: shown({ settledRevision: 4, conditions: ready }), type: 'moving' },
    { reason: 'drifted away again', resource: shown({ drifted: true, conditions: ready }), type: 'moving' },
    { reason: 'blocked', resource: shown({ state: 'Error', conditions: blocked }), type: 'blocked' },
    {
      reason: 'blocked at an older revision',
      resource: shown({ settledRevision: 4, conditions: blocked }),
      type: 'moving',
    },
    {
      reason: 'waiting for another',
      resource: shown({ conditions: blocked, waitingFor: ['Instance/db'] }),
      type: 'moving',
    },
    { reason: 'gone', resource: undefined, type: 'gone' },
  ] as const)('$reason → $type', ({ resource, type }) => {
    expect(judgeArrival(resource, 'converged').type).toBe(type);
  });

  test('a resource that shall go has not arrived by running', () => {
    expect(judgeArrival(gone(shown({ settledRevision: 0, conditions: ready })), 'gone').type).toBe('moving');
    expect(judgeArrival(gone(shown({ settledRevision: 0, conditions: blocked })), 'gone').type).toBe('blocked');
  });
});

describe('following', () => {
  const script = (looks: Readonly<Record<string, readonly (ShownResource | undefined)[]>>) => {
    const left = new Map(Object.entries(looks).map(([name, list]) => [name, [...list]]));
    return {
      find: async (key: ResourceKey) => {
        const list = left.get(key.name)!;
        return list.length > 1 ? list.shift() : list[0];
      },
      effects: async () => [],
    };
  };

  test('says each change once and ends when all have arrived', async () => {
    const lines: string[] = [];
    const followed = await followResources({
      read: script({
        db: [
          shown({ state: 'Creating', settledRevision: -1 }, 'db'),
          shown({ state: 'Creating', settledRevision: -1 }, 'db'),
          shown({ conditions: ready }, 'db'),
        ],
      }),
      resources: [keyOf('db')],
      goal: 'converged',
      timeoutMs: 4_000,
      say: (line) => void lines.push(line.slice(9)),
    });
    expect(followed.map(({ outcome }) => outcome)).toEqual(['converged']);
    expect(lines).toEqual(['Instance/db  Creating', 'Instance/db  Running']);
  });

  test('does not wait for what waits for a blocked one', async () => {
    const followed = await followResources({
      read: script({
        db: [shown({ state: 'Error', conditions: blocked }, 'db')],
        web: [
          shown({ conditions: [condition('Blocked', 'DEPENDENCY_NOT_READY')], waitingFor: ['Instance/db'] }, 'web'),
        ],
      }),
      resources: [keyOf('web'), keyOf('db')],
      goal: 'converged',
      timeoutMs: 60_000,
      say: () => undefined,
    });
    expect(followed.map(({ key, outcome }) => `${showResource(key)} ${outcome}`)).toEqual([
      'Instance/web blocked',
      'Instance/db blocked',
    ]);
  });

  test('ends when the time is up', async () => {
    const [followed] = await followResources({
      read: script({ db: [shown({ state: 'Creating', settledRevision: -1 }, 'db')] }),
      resources: [keyOf('db')],
      goal: 'converged',
      timeoutMs: 0,
      say: () => undefined,
    });
    expect(followed).toMatchObject({ outcome: 'waiting', message: 'Creating' });
  });
});
