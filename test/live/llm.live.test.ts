import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { complexities } from '../../src/domain/model-route.ts';
import { costOf } from '../../src/llm/cost.ts';
import type { LanguageModel } from '../../src/llm/language-model.ts';
import { ProviderError } from '../../src/llm/provider-errors.ts';
import { createChosenModel } from '../../src/runtime/configured-models.ts';
import { toRouterSettings } from '../../src/runtime/router-settings.ts';
import { describeAnswering, planRequest } from '../support/model-contract.ts';

/*
 * The part of the contract that real models can be held to, against every provider that is configured: `npm run
 * test:live`. Asks real models and costs real money (cents); never part of `npm test`.
 */
const { models } = loadConfig();
const { configured, slots } = toRouterSettings(models);
const deadlineMs = models.deadline;
let dollars = 0;

/** The same model, its bill added up. */
function billed(model: LanguageModel, name: string): LanguageModel {
  return {
    async generate(request) {
      const result = await model.generate(request);
      const price = models.prices[name];
      if (price !== undefined) dollars += costOf(result.usage, price);
      return result;
    },
  };
}

describe.each([...configured].map((provider) => ({ provider })))('$provider', ({ provider }) => {
  describe.each(complexities.map((complexity) => ({ complexity, model: slots[provider][complexity] })))(
    '$complexity: $model',
    ({ complexity, model }) => {
      describeAnswering(
        () => billed(createChosenModel(models, { provider, model, complexity }), model),
        () => {},
        deadlineMs,
      );
    },
  );

  test('an unknown model is misconfigured, not unavailable', async () => {
    const model = createChosenModel(models, { provider, model: 'no-such-model', complexity: 'low' });
    const error: unknown = await model.generate(planRequest({ deadlineMs })).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ code: 'MODEL_MISCONFIGURED' });
  });

  test('an abort ends the call at once', async () => {
    const controller = new AbortController();
    const model = createChosenModel(models, { provider, model: slots[provider].low, complexity: 'low' });
    const asked = model.generate(planRequest({ deadlineMs, signal: controller.signal }));
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });
});

afterAll(() => console.log(`cost of the answers, by the configured prices: $${dollars.toFixed(4)}`));
