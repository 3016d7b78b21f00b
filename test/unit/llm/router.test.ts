import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complexities, modelProviders, type ModelTask } from '../../../src/domain/model-route.ts';
import { judgeComplexity, routeTask, type RouterSettings } from '../../../src/llm/router.ts';

const slots = Object.fromEntries(
  modelProviders.map((provider) => [
    provider,
    { low: `${provider}-s`, medium: `${provider}-m`, high: `${provider}-l` },
  ]),
) as unknown as RouterSettings['slots'];
const settings: RouterSettings = { order: modelProviders, configured: new Set(modelProviders), slots };

const tasks: readonly { task: ModelTask; complexity: string; reason: string }[] = [
  { task: { purpose: 'status' }, complexity: 'low', reason: 'status checks are small' },
  { task: { purpose: 'change', operation: 'update', changes: 1 }, complexity: 'low', reason: 'simple change' },
  { task: { purpose: 'change', operation: 'update', changes: 8 }, complexity: 'low', reason: 'still simple' },
  { task: { purpose: 'change', operation: 'update', changes: 9 }, complexity: 'medium', reason: 'a large delta' },
  { task: { purpose: 'change', operation: 'delete' }, complexity: 'low', reason: 'simple delete' },
  { task: { purpose: 'change', operation: 'create' }, complexity: 'medium', reason: 'one-resource provisioning' },
  { task: { purpose: 'change', operation: 'create', resources: 2 }, complexity: 'high', reason: 'several resources' },
  { task: { purpose: 'status', resources: 2 }, complexity: 'high', reason: 'several resources, whatever for' },
  { task: { purpose: 'orchestration' }, complexity: 'high', reason: 'orchestration, however small' },
  { task: { purpose: 'orchestration', changes: 0, resources: 1 }, complexity: 'high', reason: 'the same, said so' },
  { task: { purpose: 'diagnosis' }, complexity: 'high', reason: 'healing, however small' },
  { task: { purpose: 'diagnosis', operation: 'update', changes: 1 }, complexity: 'high', reason: 'the same, said so' },
];

describe('a task is as hard as its kind and its delta', () => {
  test.each(tasks)('$complexity: $reason', ({ task, complexity }) => {
    expect(judgeComplexity(task).complexity).toBe(complexity);
    for (const choice of routeTask(task, settings)) {
      expect(choice.model).toBe(slots[choice.provider][choice.complexity]);
      expect(choice.reason).toContain(choice.complexity);
    }
    expect(routeTask(task, settings)[0]).toMatchObject({ complexity });
  });

  test('diagnosis and plans over several resources always go to the capable model', () => {
    const anyTask = fc.record(
      {
        purpose: fc.constantFrom('status', 'change', 'orchestration', 'diagnosis'),
        operation: fc.constantFrom('create', 'update', 'delete'),
        changes: fc.nat(1_000),
        resources: fc.integer({ min: 1, max: 50 }),
      },
      { requiredKeys: ['purpose'] },
    ) as fc.Arbitrary<ModelTask>;
    fc.assert(
      fc.property(anyTask, (task) => {
        const { complexity } = judgeComplexity(task);
        const isHard = task.purpose === 'diagnosis' || task.purpose === 'orchestration' || (task.resources ?? 1) > 1;
        expect(complexity === 'high').toBe(isHard);
        // A larger delta never makes it easier.
        const harder = judgeComplexity({ ...task, changes: (task.changes ?? 0) + 10 }).complexity;
        expect(complexities.indexOf(harder)).toBeGreaterThanOrEqual(complexities.indexOf(complexity));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a route', () => {
  const routeOf = (overrides: Partial<RouterSettings>) =>
    routeTask({ purpose: 'diagnosis' }, { ...settings, ...overrides }).map(({ provider }) => provider);

  test('asks in the order of preference; the others stand in', () => {
    expect(routeOf({})).toEqual(['anthropic', 'openai', 'ollama']);
    expect(routeOf({ order: ['ollama', 'anthropic'] })).toEqual(['ollama', 'anthropic']);
    expect(routeOf({ order: ['openai', 'openai'] })).toEqual(['openai']);
    expect(routeTask({ purpose: 'diagnosis' }, settings).map(({ reason }) => reason)).toEqual([
      'diagnosis for healing: high; preferred provider',
      'diagnosis for healing: high; stands in for anthropic',
      'diagnosis for healing: high; stands in for openai',
    ]);
  });

  test('goes on with the next bigger model of each provider, where that is another one', () => {
    const small = { ...slots, openai: { ...slots.openai, medium: slots.openai.low } };
    const route = routeTask({ purpose: 'status' }, { ...settings, slots: small });
    expect(route.map(({ model }) => model)).toEqual(['anthropic-s', 'openai-s', 'ollama-s', 'anthropic-m', 'ollama-m']);
    expect(route.at(-1)!.reason).toBe('status check: medium, bigger than ollama-s');
  });

  test('names configured providers only; without any it is empty', () => {
    expect(routeOf({ configured: new Set(['ollama'] as const) })).toEqual(['ollama']);
    expect(routeOf({ configured: new Set() })).toEqual([]);
  });
});
