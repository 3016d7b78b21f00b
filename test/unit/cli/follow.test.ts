import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { followResources, type FollowOptions } from '../../../src/cli/follow.ts';
import { createLiveLines } from '../../../src/cli/live-lines.ts';
import { parseGoal } from '../../../src/cli/goal.ts';
import { judgeArrival } from '../../../src/cli/judge-arrival.ts';
import type { ActualStatus, Condition } from '../../../src/domain/actual.ts';
import { HomeostatError } from '../../../src/domain/failure.ts';
import { showResource, type ResourceKey } from '../../../src/domain/identity.ts';
import type { RunSteps, StepChange } from '../../../src/starters/run-steps.ts';
import type { ShownResource } from '../../../src/starters/shown-resource.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';

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
    { reason: 'running as wanted', resource: shown({ conditions: ready }), type: 'arrived' },
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
    expect(judgeArrival(resource, { type: 'converged' }).type).toBe(type);
  });

  test.each([
    ['condition=blocked=false', 'moving'],
    ['condition=READY', 'moving'],
    ['condition=blocked', 'arrived'],
  ])('a condition is told in any case: %s of a blocked one → %s', (text, type) => {
    expect(judgeArrival(shown({ state: 'Error', conditions: blocked }), parseGoal(text)).type).toBe(type);
  });

  test('a resource that shall go has not arrived by running', () => {
    expect(judgeArrival(gone(shown({ settledRevision: 0, conditions: ready })), { type: 'deleted' }).type).toBe(
      'moving',
    );
    expect(judgeArrival(gone(shown({ settledRevision: 0, conditions: blocked })), { type: 'deleted' }).type).toBe(
      'blocked',
    );
    expect(judgeArrival(undefined, { type: 'deleted' }).type).toBe('arrived');
  });

  test.each([
    { goal: 'state=Updating', resource: shown({ state: 'Updating', settledRevision: 4 }), type: 'arrived' },
    { goal: 'error', resource: shown({ conditions: ready }), type: 'moving' },
    { goal: 'condition=Ready', resource: shown({ conditions: ready }), type: 'arrived' },
    { goal: 'condition=Ready=false', resource: shown({ conditions: ready }), type: 'moving' },
    { goal: 'condition=AwaitingApproval=False', resource: shown({ conditions: ready }), type: 'arrived' },
    { goal: 'condition=Ready', resource: shown({ conditions: blocked }), type: 'moving' },
    { goal: 'state=Running', resource: undefined, type: 'gone' },
  ] as const)('waiting for $goal → $type', ({ goal, resource, type }) => {
    expect(judgeArrival(resource, parseGoal(goal)).type).toBe(type);
  });

  /** Met by a status of the newest version (5), of an older one, and of a run at work. */
  test.each([
    { goal: 'condition=Ready', status: { conditions: ready }, met: ['newest'] },
    { goal: 'state=Running', status: { conditions: ready }, met: ['newest'] },
    { goal: 'condition=Ready', status: { conditions: ready, drifted: true }, met: [] },
    { goal: 'state=Running', status: { drifted: true }, met: [] },
    { goal: 'state=Error', status: { state: 'Error' }, met: ['newest', 'under way'] },
    { goal: 'condition=Blocked', status: { conditions: blocked }, met: ['newest', 'under way'] },
    { goal: 'condition=Ready=False', status: { conditions: blocked }, met: ['newest', 'under way'] },
    { goal: 'condition=Blocked=False', status: { conditions: ready }, met: ['newest', 'under way'] },
    { goal: 'state=Updating', status: { state: 'Updating' }, met: ['newest', 'older', 'under way'] },
    {
      goal: 'condition=AwaitingApproval',
      status: { conditions: [condition('AwaitingApproval', 'Dangerous')] },
      met: ['newest', 'older', 'under way'],
    },
  ] as const)(
    'waiting for $goal: such a status (drifted: $status.drifted) counts where it is of $met',
    ({ goal, status, met }) => {
      const said = { newest: 5, older: 4, 'under way': -1 };
      const found = Object.entries(said).filter(
        ([, settledRevision]) =>
          judgeArrival(shown({ ...status, settledRevision }), parseGoal(goal)).type === 'arrived',
      );
      expect(found.map(([name]) => name)).toEqual(met);
    },
  );

  test('a question counts only if it was put after the newest version was written', () => {
    const asking = shown({ settledRevision: -1, conditions: [condition('AwaitingApproval', 'Dangerous')] });
    const judge = (isUpToDate: boolean) =>
      judgeArrival(asking, parseGoal('condition=AwaitingApproval'), isUpToDate).type;
    expect([judge(true), judge(false)]).toEqual(['arrived', 'moving']);
  });

  test('nothing said of it yet is nothing said of an older version', () => {
    const { status: _, ...fresh } = shown({});
    const resource = { ...fresh, status: { state: 'Pending' } } as const;
    expect(judgeArrival(resource, parseGoal('state=Pending')).type).toBe('arrived');
    expect(judgeArrival(resource, parseGoal('condition=Ready')).type).toBe('moving');
  });

  test('being blocked as it was before is no answer to another try; being blocked anew is', () => {
    const before = shown({ state: 'Error', conditions: blocked, failures: 1 });
    const judge = (status: Partial<ActualStatus>) =>
      judgeArrival(shown({ ...before.status, ...status }), { type: 'converged', after: before.status }).type;
    expect(judge({})).toBe('moving');
    expect(judge({ observed: { late: true } })).toBe('moving');
    expect(judge({ failures: 2 })).toBe('blocked');
    expect(judge({ conditions: [condition('Blocked', 'LEFT_ALONE')] })).toBe('blocked');
    expect(judge({ state: 'Running', conditions: ready, failures: 0 })).toBe('arrived');
  });

  test.each([
    { goal: 'state=Runing', remedy: 'did you mean state=Running?' },
    { goal: 'health=good', remedy: expect.stringMatching(/^there is converged, deleted, state=Pending/) as string },
  ])('$goal is nothing to wait for', ({ goal, remedy }) => {
    expect(() => parseGoal(goal)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE', remedy }));
  });
});

describe('following', () => {
  useFakeTime();
  const follow = (options: FollowOptions) => passTime(followResources(options));
  const away = new HomeostatError('STORE_UNAVAILABLE', { problem: 'no leader' });
  const script = (
    looks: Readonly<Record<string, readonly (ShownResource | HomeostatError | undefined)[]>>,
    pauses: readonly string[] = [],
  ) => {
    const left = new Map(Object.entries(looks).map(([name, list]) => [name, [...list]]));
    return {
      sight: async (key: ResourceKey) => {
        const list = left.get(key.name)!;
        const look = list.length > 1 ? list.shift() : list[0];
        if (look instanceof HomeostatError) throw look;
        return look === undefined ? undefined : { resource: look, isUpToDate: true };
      },
      isHeld: async ({ status }: ShownResource) => (status.frozenBy ?? []).some((scope) => pauses.includes(scope)),
    };
  };
  /** Lines without their times. */
  const keepLines = () => {
    const said: string[] = [];
    const stood: string[] = [];
    return {
      said,
      stood,
      say: (line: string) => void said.push(line.slice(9)),
      stand: (line: string) => void stood.push(line.slice(9)),
      end: () => undefined,
    };
  };
  /** Runs by resource; each shows its steps and then lasts, or ends. */
  const scriptSteps = (
    runs: Readonly<Record<string, { readonly changes: readonly StepChange[]; readonly lastsMs?: number }>> = {},
  ): RunSteps => ({
    async follow({ name }, tell, { signal, unless }) {
      const run = runs[name];
      if (run === undefined || unless === name) return run === undefined ? undefined : name;
      for (const change of run.changes) tell(change);
      await sleep(run.lastsMs ?? 0, undefined, { signal }).catch(() => undefined);
      return name;
    },
  });
  const started: StepChange = { type: 'step-start', summary: '[1/1] wait_for_ready(db)', at: 0 };

  test('says each change once and ends when all have arrived', async () => {
    const lines = keepLines();
    const followed = await follow({
      read: script({
        db: [
          shown({ state: 'Creating', settledRevision: -1 }, 'db'),
          shown({ state: 'Creating', settledRevision: -1 }, 'db'),
          shown({ conditions: ready }, 'db'),
        ],
      }),
      resources: [keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 4_000,
      steps: scriptSteps(),
      lines,
    });
    expect(followed.map(({ outcome }) => outcome)).toEqual(['arrived']);
    expect(lines.said).toEqual(['Instance/db  Creating', 'Instance/db  Running']);
  });

  test.each([
    { pauses: ['all'], outcome: 'blocked', reason: 'one of its pauses stands still' },
    { pauses: ['tenant/other'], outcome: 'arrived', reason: 'they are over, so it goes on by itself' },
  ])('waits for what was held by pauses as it must: $reason', async ({ pauses, outcome }) => {
    const held = shown({ conditions: [condition('Blocked', 'Frozen')], frozenBy: ['all', 'kind/Instance'] }, 'db');
    const followed = await follow({
      read: script({ db: [held, held, shown({ conditions: ready }, 'db')] }, pauses),
      resources: [keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 4_000,
      steps: scriptSteps(),
      lines: keepLines(),
    });
    expect(followed.map((one) => one.outcome)).toEqual([outcome]);
  });

  test('does not wait for what waits for a blocked one', async () => {
    const followed = await follow({
      read: script({
        db: [shown({ state: 'Error', conditions: blocked }, 'db')],
        web: [
          shown({ conditions: [condition('Blocked', 'DEPENDENCY_NOT_READY')], waitingFor: ['Instance/db'] }, 'web'),
        ],
      }),
      resources: [keyOf('web'), keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 60_000,
      steps: scriptSteps(),
      lines: keepLines(),
    });
    expect(followed.map(({ key, outcome }) => `${showResource(key)} ${outcome}`)).toEqual([
      'Instance/web blocked',
      'Instance/db blocked',
    ]);
  });

  test('does not wait for what waits for itself', async () => {
    const circular = [condition('Blocked', 'INVALID_VALUE'), condition('Invalid', 'INVALID_VALUE')];
    const followed = await follow({
      read: script({
        a: [shown({ conditions: circular, waitingFor: ['Instance/b'] }, 'a')],
        b: [shown({ conditions: circular, waitingFor: ['Instance/a'] }, 'b')],
      }),
      resources: [keyOf('a'), keyOf('b')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 60_000,
      steps: scriptSteps(),
      lines: keepLines(),
    });
    expect(followed.map(({ outcome }) => outcome)).toEqual(['blocked', 'blocked']);
  });

  test('says each step as it begins and as it ends, once, before the state it leads to', async () => {
    const lines = keepLines();
    const ended: StepChange = { ...started, type: 'step-end', elapsedMs: 340 };
    const failed: StepChange = { ...ended, elapsedMs: 1_000, fault: 'NOT_READY db: \u001b[2J' };
    await follow({
      read: script({
        db: [shown({ state: 'Creating', settledRevision: -1 }, 'db'), shown({ conditions: ready }, 'db')],
      }),
      steps: scriptSteps({ db: { changes: [started, failed, started, ended] } }),
      resources: [keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 4_000,
      lines,
    });
    expect(lines.said).toEqual([
      'Instance/db  [1/1] wait_for_ready(db) …',
      'Instance/db  [1/1] wait_for_ready(db) failed after 1.0 s: NOT_READY db: \\u{1b}[2J',
      'Instance/db  [1/1] wait_for_ready(db) …',
      'Instance/db  [1/1] wait_for_ready(db) done, 0.3 s',
      'Instance/db  Creating',
      'Instance/db  Running',
    ]);
  });

  test('is never silent for more than two seconds: it says which step lasts', async () => {
    const lines = keepLines();
    await follow({
      read: script({ db: [shown({ state: 'Creating', settledRevision: -1 }, 'db')] }),
      steps: scriptSteps({ db: { changes: [started], lastsMs: 60_000 } }),
      resources: [keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 2_000,
      lines,
    });
    expect(lines.stood).toEqual(['…            Instance/db [1/1] wait_for_ready(db) for 2 s']);
  });

  test('where Temporal cannot be asked it says so once, and follows the states', async () => {
    const lines = keepLines();
    const creating = shown({ state: 'Creating', settledRevision: -1 }, 'db');
    const [followed] = await follow({
      read: script({ db: [creating, creating, creating, shown({ conditions: ready }, 'db')] }),
      steps: { follow: () => Promise.reject(new HomeostatError('TEMPORAL_UNAVAILABLE', { problem: 'away' })) },
      resources: [keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 4_000,
      lines,
    });
    expect(followed?.outcome).toBe('arrived');
    expect(lines.said.filter((line) => line.startsWith('steps'))).toEqual([
      'steps        are not shown: TEMPORAL_UNAVAILABLE $: away',
    ]);
  });

  test('goes on while the store is away, and says so once', async () => {
    const lines = keepLines();
    const creating = shown({ state: 'Creating', settledRevision: -1 }, 'db');
    const [followed] = await follow({
      read: script({ db: [creating, away, away, shown({ conditions: ready }, 'db')] }),
      resources: [keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 4_000,
      steps: scriptSteps(),
      lines,
    });
    expect(followed?.outcome).toBe('arrived');
    expect(lines.said).toEqual([
      'Instance/db  Creating',
      'note         etcd does not answer, waiting for it: no leader',
      'note         etcd answers again',
      'Instance/db  Running',
    ]);
  });

  test('ends with the fault of a store that is away when the time is up', async () => {
    const followed = follow({
      read: script({ db: [away] }),
      resources: [keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 1_000,
      steps: scriptSteps(),
      lines: keepLines(),
    });
    await expect(followed).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('says states in letters alone', async () => {
    const lines = keepLines();
    const wild = [condition('Blocked', 'TOOL_FAILED', 'it says \u001b[2J')];
    await follow({
      read: script({ db: [shown({ state: 'Error', conditions: wild }, 'db')] }),
      resources: [keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 4_000,
      steps: scriptSteps(),
      lines,
    });
    expect(lines.said).toEqual(['Instance/db  Error, Blocked: TOOL_FAILED it says \\u{1b}[2J']);
  });

  test('ends when the time is up', async () => {
    const [followed] = await follow({
      read: script({ db: [shown({ state: 'Creating', settledRevision: -1 }, 'db')] }),
      resources: [keyOf('db')],
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: 0,
      steps: scriptSteps(),
      lines: keepLines(),
    });
    expect(followed).toMatchObject({ outcome: 'waiting', message: 'Creating' });
  });
});

describe('live lines', () => {
  const write = (isTTY: boolean) => {
    let text = '';
    const lines = createLiveLines({ isTTY, columns: 10, write: (part) => void (text += part) });
    lines.stand('still at step one');
    lines.say('done');
    lines.end();
    return text;
  };
  test('on a terminal what goes on stands in one place, cut to its width, and news replaces it', () => {
    expect(write(true)).toBe('\r\u001b[2Kstill at \r\u001b[2Kdone\n\r\u001b[2K');
  });
  test('elsewhere everything is a line', () => {
    expect(write(false)).toBe('still at step one\ndone\n');
  });
});
