import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Decision } from '../../src/domain/approval.ts';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Fault row 38: approve and reject at once, by signals and updates, in an order nobody chose. */
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.stop());

const rounds = Array.from({ length: 8 }, (_, round) => round);

test.each(rounds)(
  'row 38, round %i: of many decisions at once one wins, everybody is told which, and only it has effects',
  async (round) => {
    const name = `contested-${round}`;
    await bed.put(name, { size: 1 });
    await bed.settled(name);
    await bed.remove(name);
    const record = await bed.condition(name, 'AwaitingApproval');
    const seal = /seal ([0-9a-f]{64})/.exec(
      record.status.conditions.find(({ type }) => type === 'AwaitingApproval')!.message,
    )![1]!;
    const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey(name)));
    const decide = async (verdict: Decision['verdict']) =>
      handle
        .executeUpdate<Decision, [object]>('decide', { args: [{ seal, verdict, approver: `${verdict}-by-update` }] })
        .then(
          (decision) => decision.verdict,
          () => 'refused' as const,
        );
    const signal = (verdict: 'approve' | 'reject') =>
      handle.signal(verdict, { seal, approver: `${verdict}-by-signal` }).catch(() => undefined);
    const all = [() => signal('approve'), () => signal('reject'), () => decide('approved'), () => decide('rejected')];
    const answers = await Promise.all([...all.slice(round % 4), ...all.slice(0, round % 4)].map((one) => one()));

    const request = await waitFor('the decision', async () => {
      const found = await bed.servers.state.approvals.get('default', seal);
      return found?.state === 'approved' || found?.state === 'rejected' ? found : undefined;
    });
    await bed.closed(name);
    const told = answers.filter((answer) => answer === 'approved' || answer === 'rejected');
    expect(new Set([...told, request.decision?.verdict])).toEqual(new Set([request.state]));
    const objects = await bed.effects.objects();
    expect(Object.hasOwn(objects, `default.widget.${name}`)).toBe(request.state === 'rejected');
    const audit = await bed.servers.state.audit.list(widgetKey(name));
    expect(audit.filter(({ type }) => type === 'approval-decided')).toHaveLength(1);
    expect(await bed.servers.state.audit.verify(widgetKey(name))).toBeUndefined();
  },
);
