import { Command } from 'commander';
import type { PublishedAgent } from '../domain/published.ts';
import { withContext } from './command-context.ts';
import { print } from './print.ts';
import { renderTable, toCell } from './table.ts';

/** `homeostat agents`: who keeps what. */
export function createAgentsCommand(): Command {
  return new Command('agents')
    .description('List the agents that runtimes have published, and the kinds they keep.')
    .addHelpText('after', '\nExample:\n  $ homeostat agents')
    .action(async (_: object, command: Command) => {
      await withContext(command, async ({ read, output }) => {
        const items = await read.agents();
        print(output, { items }, () =>
          items.length === 0 ? 'No runtime has published an agent yet. Start one: homeostat up\n' : renderAgents(items),
        );
      });
    });
}

/** One line an agent. */
export function renderAgents(agents: readonly PublishedAgent[]): string {
  const rows = agents.map(({ name, kinds, tools, purpose }) => [
    name,
    kinds.join(', '),
    String(tools.length),
    toCell(purpose),
  ]);
  return renderTable(['AGENT', 'KINDS', 'TOOLS', 'PURPOSE'], rows);
}
