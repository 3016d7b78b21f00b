import { Command } from 'commander';
import type { PublishedAgent, PublishedTool } from '../domain/published.ts';
import { toUnknownAgent } from '../domain/unknown-agent.ts';
import { withContext } from './command-context.ts';
import { print } from './print.ts';
import { renderTable, toCell } from './table.ts';

type AgentTool = PublishedTool & { readonly agent: string };

/** `homeostat tools`: what agents can do, and how dangerous that is. */
export function createToolsCommand(): Command {
  return new Command('tools')
    .description('List the tools of all agents, or of one, with their parameters and their risk.')
    .argument('[agent]', 'name of an agent')
    .addHelpText('after', '\nExample:\n  $ homeostat tools\n  $ homeostat tools instance --output json')
    .action(async (name: string | undefined, _: object, command: Command) => {
      await withContext(command, async ({ read, output }) => {
        const items = toolsOf(await read.agents(), name);
        print(output, { items }, () => (items.length === 0 ? 'There are no tools.\n' : renderTools(items)));
      });
    });
}

function toolsOf(agents: readonly PublishedAgent[], name: string | undefined): readonly AgentTool[] {
  const chosen = name === undefined ? agents : agents.filter((agent) => agent.name === name);
  if (name !== undefined && chosen.length === 0) {
    throw toUnknownAgent(
      name,
      agents.map((agent) => agent.name),
    );
  }
  return chosen.flatMap(({ name: agent, tools }) => tools.map((tool) => ({ agent, ...tool })));
}

/** One line a tool; optional parameters carry a question mark. */
export function renderTools(tools: readonly AgentTool[]): string {
  const rows = tools.map(({ name, agent, riskLevel, effect, parameters, description }) => [
    name,
    agent,
    riskLevel,
    effect,
    toCell(parameters.map((parameter) => `${parameter.name}${parameter.required ? '' : '?'}`).join(', '), 60),
    toCell(description),
  ]);
  return renderTable(['TOOL', 'AGENT', 'RISK', 'EFFECT', 'PARAMETERS', 'DESCRIPTION'], rows);
}
