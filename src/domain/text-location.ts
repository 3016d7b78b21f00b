/** `line:column` of an offset, both from 1, after the name of the text where it has one: `shop.yaml:3:7`. */
export function showLocation(text: string, offset: number, source?: string): string {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return toLocation(line, offset - lineStart + 1, source);
}

export function toLocation(line: number, column: number, source?: string): string {
  return `${source === undefined ? '' : `${source}:`}${line}:${column}`;
}
