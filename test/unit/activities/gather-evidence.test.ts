import { expect, test } from 'vitest';
import { gatherEvidence } from '../../../src/activities/gather-evidence.ts';
import { box, createBench, diskFull } from './activity-bench.ts';

test('evidence is what was done of late, and nothing that a planner said', async () => {
  const bench = createBench();
  await bench.putBox({ size: 1 });
  const sealed = await bench.sealed();
  await bench.execute(sealed);
  const evidence = await gatherEvidence(bench.dependencies, bench.scope, { ...bench.reference, issue: diskFull });
  if (!('digest' in evidence)) throw new Error(evidence.type);
  const text = (await bench.state.blobs.get(box.tenant, evidence.digest))!;
  expect(text).toContain('step-end');
  expect(text).not.toContain('plan-proposed');
  expect(text).not.toContain(sealed.plan.reasoning);
});
