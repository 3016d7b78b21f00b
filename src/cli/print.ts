import { Document, Scalar, visit } from 'yaml';
import type { OutputFormat } from './global-options.ts';

/** Prints a value in the format that was asked for; `render` makes the text for people. */
export function print(output: OutputFormat, value: unknown, render: () => string): void {
  process.stdout.write(format(output, value, render));
}

export function format(output: OutputFormat, value: unknown, render: () => string): string {
  switch (output) {
    case 'json':
      return `${toJson(value, 2)}\n`;
    case 'yaml':
      return toYaml(value);
    case 'table':
      return render();
  }
}

/** What a terminal could obey or hide: controls other than tab and new line, direction overrides, zero-width and tag characters. */
const unshown = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** JSON of the same value, with nothing in it that a terminal could obey. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(unshown, (character) =>
    Array.from({ length: character.length }, (_, index) => toEscape(character.charCodeAt(index), 'u', 4)).join(''),
  );
}

/** The same as a document of YAML. */
export function toYaml(value: unknown): string {
  // Lines are left whole and repeats written out: what is printed is read back by machines and by apply.
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && node.value.search(unshown) >= 0) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document
    .toString({ lineWidth: 0 })
    .replace(unshown, (character) => toEscape(character.codePointAt(0)!, 'U', 8));
}

function toEscape(code: number, letter: 'u' | 'U', digits: number): string {
  return `\\${letter}${code.toString(16).padStart(digits, '0')}`;
}
