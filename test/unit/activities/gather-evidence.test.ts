import { expect, test } from 'vitest';
import { gatherEvidence } from '../../../src/activities/gather-evidence.ts';
import type { AuditEvent } from '../../../src/domain/audit.ts';
import { box, createBench, diskFull, sampleActual } from './activity-bench.ts';

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

test('evidence is not crowded out by questions to models, nor holds what one took for the cause', async () => {
  const bench = createBench();
  const { changeActual } = bench.state;
  const note = (type: AuditEvent['type'], detail: AuditEvent['detail']) =>
    changeActual(box, () => 'unchanged', { type, workflowId: 'w', runId: 'r', detail });
  const attempt = { cites: [], steps: ['empty_box succeeded'], outcome: 'still full' };
  const attempts = [
    { ...attempt, cause: 'the rule took it so', by: 'rules' },
    { ...attempt, cause: 'a model took it so', by: 'model' },
  ];
  await note('incident-closed', { type: 'disk_full', attempts });
  for (let times = 0; times < 12; times += 1) await note('model-asked', { error: 'MODEL_UNAVAILABLE' });
  const evidence = await gatherEvidence(bench.dependencies, bench.scope, { ...bench.reference, issue: diskFull });
  if (!('digest' in evidence)) throw new Error(evidence.type);
  const text = (await bench.state.blobs.get(box.tenant, evidence.digest))!;
  expect(text).toContain('the rule took it so');
  expect(text.match(/still full/g)).toHaveLength(2);
  expect(text).not.toMatch(/a model took it so|MODEL_UNAVAILABLE/);
});

test('evidence of the status leaves out what is a secret by its name', async () => {
  const bench = createBench();
  await bench.putActual(sampleActual({ observed: { size: 1, env: { DB_PASSWORD: 'hunter2' } } }));
  const evidence = await gatherEvidence(bench.dependencies, bench.scope, { ...bench.reference, issue: diskFull });
  if (!('digest' in evidence)) throw new Error(evidence.type);
  const text = (await bench.state.blobs.get(box.tenant, evidence.digest))!;
  expect(text).toContain('DB_PASSWORD');
  expect(text).not.toContain('hunter2');
  expect(JSON.stringify(evidence.lines)).not.toContain('hunter2');
});

test('evidence of characters that take many bytes is cut until it can be kept, and none of it is left out', async () => {
  const bench = createBench();
  await bench.putBox({ size: 1 });
  await bench.execute(await bench.sealed());
  const long = '\u0001'.repeat(10_000);
  const dependencies = { ...bench.dependencies, askPrometheus: async () => long };
  const issue = { ...diskFull, evidence: Array.from({ length: 18 }, () => long) };
  const evidence = await gatherEvidence(dependencies, bench.scope, { ...bench.reference, issue });
  if (!('digest' in evidence)) throw new Error(evidence.type);
  const items = JSON.parse((await bench.state.blobs.get(box.tenant, evidence.digest))!) as { text: string }[];
  expect(items).toHaveLength(20);
  expect(items.at(-1)?.text).toMatch(/^\u0001{1000,5000}… \(cut\)$/);
});
