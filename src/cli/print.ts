import { stringify } from 'yaml';
import type { OutputFormat } from './global-options.ts';

/** Prints a value in the format that was asked for; `render` makes the text for people. */
export function print(output: OutputFormat, value: unknown, render: () => string): void {
  process.stdout.write(format(output, value, render));
}

export function format(output: OutputFormat, value: unknown, render: () => string): string {
  switch (output) {
    case 'json':
      return `${JSON.stringify(value, null, 2)}\n`;
    case 'yaml':
      // Lines are left whole and repeats written out: what is printed is read back by machines and by apply.
      return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
    case 'table':
      return render();
  }
}
