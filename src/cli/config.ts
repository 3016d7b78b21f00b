import { Command } from 'commander';
import { listConfigFields } from '../config/config-fields.ts';
import { explainConfig } from '../config/explain-config.ts';
import { toConfigSources } from './command-config.ts';
import { globalOptionsOf } from './global-options.ts';
import { print } from './print.ts';
import { renderTable, toCell } from './table.ts';

/** `homeostat config`: what is in force, and why. Needs no server. */
export function createConfigCommand(): Command {
  return new Command('config')
    .description(
      'Print every setting with the value in force and where it came from: a default, the file, a variable, the command line, or the servers that homeostat up started. Secrets are not shown.',
    )
    .addHelpText(
      'after',
      () => `\nExample:\n  $ homeostat config\n  $ homeostat config --output yaml\n\n${renderFields()}`,
    )
    .action((_: object, command: Command) => {
      const { output } = globalOptionsOf(command);
      const items = explainConfig(toConfigSources(command));
      print(output, { items }, () =>
        renderTable(
          ['FIELD', 'VALUE', 'FROM'],
          items.map(({ field, value, from }) => [field, toCell(showValue(value), 60), from]),
        ),
      );
    });
}

function showValue(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function renderFields(): string {
  const rows = listConfigFields().map(({ name, variable }) => [name, variable ?? '']);
  return renderTable(['FIELD OF homeostat.yaml', 'VARIABLE'], rows).trimEnd();
}
