import type { ModelUsage } from '../domain/model-usage.ts';
import type { ShownModels, ShownPlanning } from './models.ts';
import { showDollars } from './show-usage.ts';
import { renderTable } from './table.ts';

/** Who can be asked, how agents plan and what was spent, for people. */
export function renderModels({ providers, planning, dailyBudget, today }: ShownModels): string {
  const canAsk = providers.some(({ place }) => place !== undefined);
  return [
    renderTable(
      ['PLACE', 'PROVIDER', 'CONFIGURED', 'LOW', 'MEDIUM', 'HIGH', 'ADDRESS'],
      providers.map(({ place, provider, note, slots, address = '' }) => [
        place === undefined ? '-' : String(place),
        provider,
        note,
        slots.low,
        slots.medium,
        slots.high,
        address,
      ]),
    ),
    canAsk ? '' : 'Nobody can be asked: all is planned by rules.\n',
    planning.length === 0
      ? '\nNo runtime has published an agent yet.\n'
      : `\n${renderTable(
          ['AGENT', 'PLANNING'],
          planning.map((one) => [one.agent, showPlanning(one)]),
        )}`,
    `\nSpent today (UTC), ${dailyBudget === undefined ? 'without a limit' : `at most ${showDollars(dailyBudget * 1e6)} a tenant`}:\n`,
    today.length === 0 ? 'nothing\n' : renderSpent(today),
  ].join('');
}

function showPlanning({ planning, from }: ShownPlanning): string {
  return `${planning}${from === 'configuration' ? ' (models.planning)' : ''}`;
}

function renderSpent(today: ShownModels['today']): string {
  return renderTable(
    ['TENANT', 'AGENT', 'CALLS', 'READ', 'WRITTEN', 'COST'],
    today.flatMap(({ tenant, total, agents }) => [
      [tenant, 'all', ...toCells(total)],
      ...Object.entries(agents)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([agent, usage]) => [tenant, agent, ...toCells(usage)]),
    ]),
  );
}

function toCells({ calls, inputTokens, outputTokens, costMicros }: ModelUsage): readonly string[] {
  return [String(calls), String(inputTokens), String(outputTokens), showDollars(costMicros)];
}
