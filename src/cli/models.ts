import { Command } from 'commander';
import type { LoadedConfig } from '../config/load-config.ts';
import { complexities, modelProviders, type Complexity, type ModelProvider } from '../domain/model-route.ts';
import type { TenantUsage } from '../domain/model-usage.ts';
import { ownValue } from '../domain/own-value.ts';
import type { PlanningWay, PublishedAgent } from '../domain/published.ts';
import { listProviders } from '../runtime/router-settings.ts';
import { withContext } from './command-context.ts';
import { print } from './print.ts';
import { renderModels } from './render-models.ts';

export interface ShownProvider {
  readonly provider: ModelProvider;
  /** Its place in the order of preference, from 1; absent: it is not asked. */
  readonly place?: number;
  /** Absent: none is set. */
  readonly address?: string;
  readonly note: string;
  readonly slots: Readonly<Record<Complexity, string>>;
}

export interface ShownPlanning {
  readonly agent: string;
  readonly planning: PlanningWay;
  readonly from: 'configuration' | 'agent';
}

export interface ShownModels {
  readonly providers: readonly ShownProvider[];
  readonly planning: readonly ShownPlanning[];
  /** What a tenant may spend a day, in dollars; absent: no limit. */
  readonly dailyBudget?: number;
  readonly today: readonly TenantUsage[];
}

/** `homeostat models`: who can be asked, what for, and what it costs. Keys are never shown. */
export function createModelsCommand(): Command {
  return new Command('models')
    .description(
      "List the language models that may be asked, by this machine's configuration, how agents plan, and what tenants have spent today (UTC).",
    )
    .addHelpText('after', '\nExample:\n  $ homeostat models\n  $ homeostat models --tenant acme --output json')
    .action(async (_: object, command: Command) => {
      await withContext(command, async ({ config, read, output, saidTenant }) => {
        const { dailyBudget } = config.models;
        const shown: ShownModels = {
          providers: toProviders(config.models),
          planning: toPlanning(config.models, await read.agents()),
          ...(dailyBudget === undefined ? {} : { dailyBudget }),
          today: await read.spentToday(saidTenant),
        };
        print(output, shown, () => renderModels(shown));
      });
    });
}

function toProviders(models: LoadedConfig['models']): readonly ShownProvider[] {
  const asked = listProviders(models);
  return [...new Set([...asked, ...models.order, ...modelProviders])].map((provider) => {
    const { baseUrl } = models[provider];
    const place = asked.indexOf(provider) + 1;
    return {
      provider,
      ...(place === 0 ? {} : { place }),
      ...(baseUrl === undefined ? {} : { address: baseUrl }),
      note: toNote(models, provider),
      slots: Object.fromEntries(
        complexities.map((complexity) => [complexity, models[provider][complexity].model]),
      ) as ShownProvider['slots'],
    };
  });
}

function toNote(models: LoadedConfig['models'], provider: ModelProvider): string {
  if (!models.order.includes(provider)) return 'not in models.order';
  if (provider === 'ollama') return models.ollama.baseUrl === undefined ? 'no address' : 'has an address';
  return models[provider].apiKey === undefined ? 'no key' : 'has a key';
}

function toPlanning(models: LoadedConfig['models'], agents: readonly PublishedAgent[]): readonly ShownPlanning[] {
  return agents.map(({ name, planning = 'rules-first' }) => {
    const configured = ownValue(models.planning, name);
    return {
      agent: name,
      planning: configured ?? planning,
      from: configured === undefined ? 'agent' : 'configuration',
    };
  });
}
