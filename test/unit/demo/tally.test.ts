import { describe, expect, test } from 'vitest';
import { countModelCalls, judgeEffect } from '../../../scripts/demo/tally.ts';
import { askModel } from '../../../src/activities/ask-model.ts';
import { noModels } from '../../../src/testing/no-models.ts';
import { createScriptedModel } from '../../../src/llm/scripted-model.ts';
import { box, createBench } from '../activities/activity-bench.ts';
import { goodAnswer, question } from '../activities/model-samples.ts';

describe('the calls of models', () => {
  test('are counted from the audit trail, one that was asked twice as two', async () => {
    const bench = createBench();
    const model = createScriptedModel([{ text: 'I would rather not say' }, goodAnswer]);
    const models = {
      ...noModels,
      modelOf: () => model,
      costMicros: () => 7,
      settings: { planLifetimeMs: 60_000, deadlineMs: 1_000 },
    };
    await askModel({ ...bench.dependencies, models }, bench.scope, {
      ...bench.reference,
      question: await bench.state.blobs.put('default', JSON.stringify(question)),
      choice: { provider: 'ollama', model: 'm', complexity: 'low', reason: 'simple change: low' },
    });
    expect(countModelCalls(await bench.state.audit.list(box))).toBe(2);
  });

  test('are none where nobody asked one, whatever else went on', () => {
    expect(countModelCalls([{ type: 'run-recorded', detail: { calls: 3 } }])).toBe(0);
  });
});

describe('an effect that waits for a yes', () => {
  const judge = (happened: boolean, approved: boolean) =>
    judgeEffect(
      () => happened,
      async () => approved,
    );

  test('was asked for where there is a yes, though it has happened already', async () => {
    expect(await judge(true, true)).toBe('asked');
    expect(await judge(false, true)).toBe('asked');
  });

  test('was not asked for when it happened and there is no yes', async () => {
    expect(await judge(true, false)).toBe('unasked');
    expect(await judge(false, false)).toBeUndefined();
  });

  test('that follows its yes between the two looks is not held against it', async () => {
    let happened = false;
    const verdict = await judgeEffect(
      () => happened,
      async () => {
        happened = true;
        return false;
      },
    );
    expect(verdict).toBeUndefined();
  });
});
