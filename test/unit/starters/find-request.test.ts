import { beforeEach, describe, expect, test } from 'vitest';
import { checkSealed, findRequest } from '../../../src/starters/find-request.ts';
import type { State } from '../../../src/state/state.ts';
import { createStateWithKinds } from './published-things.ts';
import { removeStep, sealedRequest } from './sealed-requests.ts';

const resource = { tenant: 'default', kind: 'Database', name: 'main' };
const scope = { workflowId: 'w', runId: 'r' };
const first = sealedRequest(resource);
const second = sealedRequest(resource, { pass: 2 });

let state: State;
beforeEach(async () => {
  state = await createStateWithKinds();
  await state.approvals.create(first, scope);
});

describe('the request a person means', () => {
  test('is the one that waits', async () => {
    expect(await findRequest(state.approvals, resource)).toMatchObject({ seal: first.seal });
  });

  test('is named by the first digits of its seal, in any case', async () => {
    await state.approvals.create(second, scope);
    expect(await findRequest(state.approvals, resource, second.seal.slice(0, 8).toUpperCase())).toMatchObject({
      seal: second.seal,
    });
  });

  test('may have been decided already when its seal names it', async () => {
    await state.approvals.close('default', first.seal, 'superseded', scope);
    expect(await findRequest(state.approvals, resource, first.seal)).toMatchObject({ state: 'superseded' });
    await expect(findRequest(state.approvals, resource)).rejects.toMatchObject({ code: 'NOT_WAITING' });
  });

  test('of digits nobody has → NOT_FOUND', async () => {
    const digits = first.seal.startsWith('0') ? '1' : '0';
    await expect(findRequest(state.approvals, resource, digits)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a stored request is what was sealed', () => {
  test.each([
    {
      reason: 'a step does something else',
      changed: { ...first, plan: { ...first.plan, steps: [{ ...removeStep, parameters: { name: 'all' } }] } },
    },
    { reason: 'a step was added', changed: { ...first, plan: { ...first.plan, steps: [removeStep, removeStep] } } },
    {
      reason: 'it expires later',
      changed: { ...first, content: { ...first.content, expiresAt: first.content.expiresAt + 1 } },
    },
    { reason: 'it stands under another seal', changed: { ...first, seal: second.seal } },
  ])('$reason → SEAL_MISMATCH', ({ changed }) => {
    expect(() => checkSealed(changed)).toThrow(
      'SEAL_MISMATCH Database/main: the stored request is not what was sealed',
    );
  });

  test('whole, it passes', () => {
    expect(() => checkSealed(first)).not.toThrow();
  });
});
