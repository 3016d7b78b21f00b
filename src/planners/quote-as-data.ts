import { cutWithMark } from '../domain/cut-to-length.ts';
import { hiddenMark, hideSecret, redactSecrets } from '../domain/secret-patterns.ts';

/** More of a value is cut: a model that is told a megabyte of log plans no better. */
const shownCharacters = 24_000;

/** What has no form of its own, and may stand inside a word unseen. */
const formless = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** What cannot pass as it is. An end of line stands in JSON between values alone. */
const escaped = /(?!\n)[<\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Untrusted data for a prompt, as JSON. Nothing inside can end the quotation or pass for an operator's, for no `<` is left;
 * that and what nobody sees stands as `\uXXXX`, so the very value can be read back. No secret leaves the process: what
 * looks like one is left out, whoever wrote it there, and whatever unseen stands in it.
 */
export function quoteAsData(value: unknown): string {
  const text = JSON.stringify(typeof value === 'string' ? redact(value) : value, hide, 1);
  return `<data>\n${cutWithMark(text.replaceAll(escaped, escape), shownCharacters)}\n</data>`;
}

function hide(name: string, value: unknown): unknown {
  const shown = hideSecret(name, value);
  if (shown !== value) return shown;
  const seen = typeof value === 'string' ? value.replaceAll(formless, '') : value;
  return hideSecret(name.replaceAll(formless, ''), seen) === seen ? value : hiddenMark;
}

function redact(text: string): string {
  const redacted = redactSecrets(text);
  const seen = redacted.replaceAll(formless, '');
  const again = redactSecrets(seen);
  return again === seen ? redacted : again;
}

function escape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, unit) => String.raw`\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
  ).join('');
}
