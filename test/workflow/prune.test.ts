import { afterAll, beforeAll, expect, test } from 'vitest';
import { applySet } from '../../src/cli/apply-set.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import { startTestBed, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.stop());

const widget = (name: string, size: number, ...dependsOn: readonly string[]) => ({
  where: name,
  value: { apiVersion, kind: 'Widget', metadata: { name, dependsOn }, spec: { size } },
});
const prune = async (...documents: readonly ReturnType<typeof widget>[]) => {
  const result = await applySet(bed.servers, documents, { set: 'shop', prune: true, yes: true });
  return result?.pruned.map(({ name }) => name);
};

test('what was let go of in the call that prunes it goes as soon as it is needed no more, not at its retry', async () => {
  await prune(widget('db', 1), widget('api', 1, 'Widget/db'));
  await bed.condition('api', 'Ready', 'Converged');
  // Long enough for the run that removes to find that it is still needed.
  await bed.effects.setBehaviour({ delayMs: 2_000 });
  expect(await prune(widget('api', 2))).toEqual(['db']);
  const { status } = await bed.condition('db', 'Blocked', 'HAS_DEPENDANTS');
  expect(status.waitingFor).toEqual(['Widget/api']);
  expect(Date.parse(status.retryAt!) - Date.now()).toBeGreaterThan(50_000);
  await waitFor('the one that stays to run', async () => {
    const record = await bed.actual('api');
    return record?.status.state === 'Running' && record.lastApplied?.dependsOn.length === 0;
  });
  await waitFor(
    'the removal to be asked about',
    async () => {
      const conditions = (await bed.actual('db'))?.status.conditions ?? [];
      return conditions.some(({ type }) => type === 'AwaitingApproval');
    },
    15_000,
  );
});
