import type { ModelDesk } from '../activities/dependencies.ts';
import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { ModelChoice, ModelProvider } from '../domain/model-route.ts';
import { describeThrown } from '../domain/failure.ts';
import { ownValue } from '../domain/own-value.ts';
import { costOf } from '../llm/cost.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { routeTask } from '../llm/router.ts';
import type { Transcripts } from '../state/transcripts.ts';
import type { Telemetry } from '../telemetry/create-telemetry.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createChosenModel } from './configured-models.ts';
import { countCalls } from './count-calls.ts';
import { listProviders, toRouterSettings } from './router-settings.ts';

/** A model in place of the provider's own, for tests with scripted or recorded ones. */
export type CreateModel = (choice: ModelChoice) => LanguageModel;

/** The models as configured, and what is said of them at the start. */
export function createModelDesk(
  { models, heal }: Pick<LoadedConfig, 'models' | 'heal'>,
  registry: AgentRegistry,
  transcripts: Transcripts,
  { log, telemetry }: { readonly log: Logger; readonly telemetry: Pick<Telemetry, 'countModelCall'> },
  createModel: CreateModel = (choice) => createChosenModel(models, choice),
): ModelDesk {
  const settings = toRouterSettings(models);
  const costMicros: ModelDesk['costMicros'] = ({ model }, tokens) => {
    const price = ownValue(models.prices, model);
    return price === undefined ? 0 : Math.round(costOf(tokens, price) * 1e6);
  };
  sayWhoIsAsked(listProviders(models), registry, log);
  return {
    planningOf: ({ name, planning }) => ownValue(models.planning, name) ?? planning,
    route: (task) => (task.purpose === 'diagnosis' && heal.diagnosis === 'rules' ? [] : routeTask(task, settings)),
    modelOf: (choice) =>
      countCalls(createModel(choice), choice, (asked, outcome, usage) => {
        const cost = usage === undefined ? undefined : { ...usage, costMicros: costMicros(asked, usage) };
        try {
          telemetry.countModelCall(asked, outcome, cost);
        } catch (error) {
          // What was paid for is worth more than its metric.
          log.warn({ cause: describeThrown(error) }, 'cannot count a call of a model');
        }
      }),
    costMicros,
    transcripts,
    settings: {
      planLifetimeMs: models.planLifetime,
      deadlineMs: models.deadline,
      ...(models.dailyBudget === undefined ? {} : { budgetMicros: Math.round(models.dailyBudget * 1e6) }),
    },
  };
}

function sayWhoIsAsked(providers: readonly ModelProvider[], registry: AgentRegistry, log: Logger): void {
  if (providers.length > 0) log.info({ providers }, 'models can be asked for what no rule knows');
  else {
    const agents = registry.agents.filter(({ planning }) => planning === 'model').map(({ name }) => name);
    log.info({ agents }, 'no language model is configured: all is planned by rules — see docs/models.md');
  }
}
