import { beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/approval.ts';
import { HomeostatError, toCodedErrors } from '../../../src/domain/failure.ts';
import type { LedgerEntry } from '../../../src/domain/ledger.ts';
import { createDecisionDoor } from '../../../src/starters/decision-door.ts';
import type { State } from '../../../src/state/state.ts';
import { createStateWithKinds } from './published-things.ts';
import { createScriptedRunMessages, type ScriptedRunMessages } from './scripted-run-messages.ts';
import { sealedRequest } from './sealed-requests.ts';

const resource = { tenant: 'default', kind: 'Database', name: 'main' };
const scope = { workflowId: 'reconcile.default.Database.main', runId: 'run' };
const request = sealedRequest(resource);
const { seal } = request;
const before = Date.parse('2030-01-01T01:00:00Z');
const after = Date.parse('2030-01-03');
const decision: Decision = {
  verdict: 'approved',
  seal,
  approver: 'unverified:ann',
  decidedAt: '2030-01-01T02:00:00.000Z',
};
const approve = { resource, verdict: 'approved', seal, approver: 'ann' } as const;
const reject = { ...approve, verdict: 'rejected' } as const;

let state: State;
beforeEach(async () => {
  state = await createStateWithKinds();
  await state.approvals.create(request, scope);
});

const doorOver = (messages: ScriptedRunMessages, now = before) =>
  createDecisionDoor({ state, messages, now: () => now });
async function codesOf(work: Promise<unknown>): Promise<readonly string[]> {
  return work.then(
    () => ['accepted'],
    (error: unknown) =>
      toCodedErrors(error).map(({ code, path, remedy }) => {
        if (code === 'INVALID_DECISION') expect(remedy).toBeDefined();
        return `${code} ${path}`;
      }),
  );
}
const refusing = (code: 'NOT_WAITING' | 'SEAL_MISMATCH') => async () => {
  throw new HomeostatError(code, { path: 'seal', problem: 'no' });
};

describe('a decision while the run is open', () => {
  test('goes to the run that asked, with the whole seal, and is answered by it', async () => {
    const messages = createScriptedRunMessages([{ call: 'decide', answer: async () => decision }]);
    expect(await doorOver(messages).decide({ ...approve, reason: 'go' })).toEqual(decision);
    expect(messages.said).toEqual([
      ['decide', scope.workflowId, { verdict: 'approved', seal, approver: 'ann', reason: 'go' }],
    ]);
    messages.expectDone();
  });

  test.each(['NOT_WAITING', 'SEAL_MISMATCH'] as const)('that the run refuses as %s is refused so', async (code) => {
    const messages = createScriptedRunMessages([{ call: 'decide', answer: refusing(code) }]);
    expect(await codesOf(doorOver(messages).decide(approve))).toEqual([`${code} seal`]);
  });

  test('a run that knows a later plan only: the record answers for the earlier one', async () => {
    const messages = createScriptedRunMessages([
      {
        call: 'decide',
        async answer() {
          await state.approvals.decide('default', decision, scope);
          return refusing('SEAL_MISMATCH')();
        },
      },
    ]);
    expect(await doorOver(messages).decide(approve)).toEqual(decision);
  });

  test('a runtime that does not answer is no refusal', async () => {
    const away = async () => {
      throw new HomeostatError('TEMPORAL_UNAVAILABLE', { path: 'decide', problem: 'no runtime answered in time' });
    };
    const messages = createScriptedRunMessages([{ call: 'decide', answer: away }]);
    expect(await codesOf(doorOver(messages).decide(approve))).toEqual(['TEMPORAL_UNAVAILABLE decide']);
  });
});

describe('a decision after the run has ended', () => {
  const gone = { call: 'decide', answer: async () => undefined } as const;

  test('the same again is answered the same, without asking any run', async () => {
    await state.approvals.decide('default', decision, scope);
    expect(await doorOver(createScriptedRunMessages(), after).decide(approve)).toEqual(decision);
  });

  test('the opposite → ALREADY_DECIDED', async () => {
    await state.approvals.decide('default', decision, scope);
    expect(await codesOf(doorOver(createScriptedRunMessages()).decide(reject))).toEqual(['ALREADY_DECIDED seal']);
  });

  test.each([
    { state: 'expired', code: 'APPROVAL_EXPIRED' },
    { state: 'superseded', code: 'NOT_WAITING' },
  ] as const)('of a request that was $state → $code', async ({ state: closed, code }) => {
    await state.approvals.close('default', seal, closed, scope);
    expect(await codesOf(doorOver(createScriptedRunMessages()).decide(approve))).toEqual([`${code} seal`]);
  });

  test('of a request nobody closed → NOT_WAITING in time, APPROVAL_EXPIRED afterwards', async () => {
    expect(await codesOf(doorOver(createScriptedRunMessages([gone])).decide(approve))).toEqual(['NOT_WAITING seal']);
    expect(await codesOf(doorOver(createScriptedRunMessages([gone]), after).decide(approve))).toEqual([
      'APPROVAL_EXPIRED seal',
    ]);
  });

  test('of a seal nobody knows → NOT_WAITING', async () => {
    const messages = createScriptedRunMessages([gone]);
    expect(await codesOf(doorOver(messages).decide({ ...approve, seal: 'f'.repeat(64) }))).toEqual([
      'NOT_WAITING seal',
    ]);
  });
});

describe('a decision that is not well formed reaches no run', () => {
  test.each([
    { reason: 'a short seal', input: { ...approve, seal: 'abc' }, codes: ['INVALID_DECISION seal'] },
    { reason: 'nobody decides', input: { ...approve, approver: '' }, codes: ['INVALID_DECISION approver'] },
    {
      reason: 'a reason of 3,000 characters',
      input: { ...reject, reason: 'x'.repeat(3_000) },
      codes: ['INVALID_DECISION reason'],
    },
    {
      reason: 'the seal of another resource',
      input: { ...approve, resource: { ...resource, name: 'other' } },
      codes: ['SEAL_MISMATCH seal'],
    },
  ])('$reason', async ({ input, codes }) => {
    expect(await codesOf(doorOver(createScriptedRunMessages()).decide(input))).toEqual(codes);
  });
});

describe('retry', () => {
  test('starts or wakes the run of a resource that exists', async () => {
    await state.store.commit([], [{ type: 'put', key: state.keys.desired(resource), value: '{}' }]);
    const messages = createScriptedRunMessages([{ call: 'retry', answer: async () => undefined }]);
    await doorOver(messages).retry(resource);
    expect(messages.said).toEqual([['retry', resource]]);
  });

  test('of nothing → NOT_FOUND, and no run is started', async () => {
    expect(await codesOf(doorOver(createScriptedRunMessages()).retry(resource))).toEqual(['NOT_FOUND Database/main']);
  });
});

describe('resolve', () => {
  const entry: LedgerEntry = {
    state: 'unknown',
    resource,
    seal,
    step: 's1',
    toolName: 'drop_database',
    parameters: {},
    idempotencyKey: `${seal}-s1-0`,
    generation: 0,
    attempt: 1,
    worker: 'w',
    startedAt: '2030-01-01T00:00:00.000Z',
  };
  const input = { resource, seal: seal.slice(0, 8), step: 's1', choice: 'adopt', approver: 'ann' } as const;
  beforeEach(async () => {
    await state.store.commit(
      [],
      [{ type: 'put', key: state.keys.ledger(resource, seal, 's1'), value: JSON.stringify(entry) }],
    );
  });

  test('tells the run, with the whole seal for the digits that were typed', async () => {
    const messages = createScriptedRunMessages([{ call: 'resolve', answer: async () => true }]);
    await doorOver(messages).resolve(input);
    expect(messages.said).toEqual([
      ['resolve', scope.workflowId, { seal, step: 's1', choice: 'adopt', approver: 'ann' }],
    ]);
  });

  test('an effect that is not open → NOT_FOUND, naming those that are', async () => {
    const work = doorOver(createScriptedRunMessages()).resolve({ ...input, step: 's2' });
    await expect(work).rejects.toThrow(`open is --seal ${seal.slice(0, 12)} --step s1`);
  });

  test('without a run that waits → NOT_WAITING', async () => {
    const messages = createScriptedRunMessages([{ call: 'resolve', answer: async () => false }]);
    expect(await codesOf(doorOver(messages).resolve(input))).toEqual(['NOT_WAITING seal']);
  });
});

test('a refusal tells where to look, in the tenant of the resource', async () => {
  const messages = createScriptedRunMessages();
  const blue = { ...approve, resource: { ...resource, tenant: 'blue' } };
  await expect(doorOver(messages).leave(blue)).rejects.toThrow('look with: homeostat approvals --tenant blue');
});

describe('a decision that is left for when a runtime is there', () => {
  test('goes to the run that asked', async () => {
    const messages = createScriptedRunMessages([{ call: 'leaveDecision', answer: async () => true }]);
    await doorOver(messages).leave({ ...approve, reason: 'go' });
    expect(messages.said).toEqual([
      ['leaveDecision', scope.workflowId, { verdict: 'approved', seal, approver: 'ann', reason: 'go' }],
    ]);
  });

  test('is refused at once where it would be refused later', async () => {
    const messages = createScriptedRunMessages();
    expect(await codesOf(doorOver(messages, after).leave(approve))).toEqual(['APPROVAL_EXPIRED seal']);
    expect(await codesOf(doorOver(messages).leave({ ...approve, seal: '0'.repeat(64) }))).toEqual(['NOT_WAITING seal']);
    const other = { ...approve, resource: { ...resource, name: 'other' } };
    expect(await codesOf(doorOver(messages).leave(other))).toEqual(['SEAL_MISMATCH seal']);
  });

  test('is refused where the run that asked has ended', async () => {
    const messages = createScriptedRunMessages([{ call: 'leaveDecision', answer: async () => false }]);
    expect(await codesOf(doorOver(messages).leave(approve))).toEqual(['NOT_WAITING seal']);
  });
});
