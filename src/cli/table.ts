import { shorten } from '../domain/cut-to-length.ts';
import { escapeControls } from '../domain/failure.ts';

/** Rows under headings, columns two spaces apart, the last one as long as it is. Ends in a newline. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map(escapeControls))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Like {@link renderTable}, for rows that come one by one: columns are as wide as the first rows need, at least. */
export function createTableRows(headings: readonly string[], firstRows: readonly (readonly string[])[]) {
  const widths = headings.map((_, column) =>
    Math.max(...[headings, ...firstRows].map((row) => escapeControls(row[column] ?? '').length)),
  );
  return (row: readonly string[]): string =>
    `${row
      .map((cell, column) => escapeControls(cell).padEnd(widths[column]!))
      .join('  ')
      .trimEnd()}\n`;
}

/** Text of any origin on one line, cut where it gets long. */
export function toCell(text: string, limit = 80): string {
  return shorten(text, limit);
}
