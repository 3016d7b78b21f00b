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
