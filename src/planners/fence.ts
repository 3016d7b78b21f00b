import { hideSecret, redactSecrets } from '../domain/secret-patterns.ts';

/** More of a value is cut: a model that is told a megabyte of log plans no better. */
const shownCharacters = 24_000;

/** Stands at the end of what was cut. */
export const cutMark = '… (cut)';

/** Untrusted data for a prompt. No secret leaves the process: what looks like one is left out, whoever wrote it there. */
export function fence(value: unknown): string {
  const text = typeof value === 'string' ? redactSecrets(value) : JSON.stringify(value, hideSecret, 1);
  const cut = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}${cutMark}` : text;
  // Nothing inside can end the fence or pass for an operator's; what a terminal or a model would obey unseen is left out.
  const plain = cut.replaceAll(/<(?=\/?(?:data|runbook)>)/gi, '‹').replaceAll(/[\u{E0000}-\u{E007F}\p{Cf}]/gu, '');
  return `<data>\n${plain}\n</data>`;
}
