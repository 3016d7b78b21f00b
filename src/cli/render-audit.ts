import type { AuditRecord } from '../domain/audit.ts';
import { renderTable, toCell } from './table.ts';

/** One line a record. */
export function renderAudit(records: readonly AuditRecord[]): string {
  return renderTable(
    ['SEQ', 'AT', 'EVENT', 'DETAIL'],
    records.map(({ seq, at, type, detail }) => [String(seq), at, type, toCell(showDetail(detail), 100)]),
  );
}

/** Fields in the order they were written; what is long and in the JSON output anyway comes last or is cut. */
function showDetail(detail: AuditRecord['detail']): string {
  return Object.entries(detail)
    .filter(([name]) => name !== 'seal')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}
