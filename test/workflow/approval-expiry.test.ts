import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBed, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ config: { approvals: { expireAfter: '1s' } } });
});
afterAll(() => bed?.stop());

test('a plan nobody decides on expires, and what it would have removed stays', async () => {
  await bed.put('expiring', { size: 1 });
  await bed.settled('expiring');
  await bed.remove('expiring');
  const record = await bed.condition('expiring', 'Blocked', 'ApprovalExpired');
  expect(record.status.state).toBe('Running');
  await bed.closed('expiring');
  const [request] = await bed.servers.state.approvals.list('default', 'expired');
  expect(request?.resource.name).toBe('expiring');
  expect(await bed.effects.objects()).toHaveProperty('default.widget.expiring');
  await waitFor(
    'quiet',
    async () => (await bed.servers.client.workflow.count('ExecutionStatus = "Running"')).count === 0,
  );
  await bed.record('expiring', 'expired');
});
