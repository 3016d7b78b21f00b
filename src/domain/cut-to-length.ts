/**
 * The beginning of a text, of at most so many UTF-16 units, in whole characters: what holds half of one has no canonical
 * JSON, so no record of it can be written. Half a character is left out at the end and replaced elsewhere.
 */
export function cutToLength(text: string, length: number): string {
  return text
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, '')
    .toWellFormed();
}

/** Stands at the end of what was cut, for those who go by the text. */
export const cutMark = '… (cut)';

/** The same, with the mark behind it when something was cut. */
export function cutWithMark(text: string, length: number): string {
  return `${cutToLength(text, length)}${text.length > length ? cutMark : ''}`;
}

/** A text for people that fits: a longer one than so many UTF-16 units is cut, and ends in `…` within them. */
export function shorten(text: string, longest: number): string {
  return text.length > longest ? `${cutToLength(text, longest - 1)}…` : text;
}
