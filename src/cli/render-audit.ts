import type { AuditRecord } from '../domain/audit.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
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
  return fieldsOf(detail)
    .map(([name, value]) => `${name}=${showValue(value)}`)
    .join(' ');
}

/** Steps and decisions by their values alone: `s1 put_widget done, s2 …`. */
function showValue(value: JsonValue): string {
  if (Array.isArray(value)) return value.map(showValue).join(', ');
  if (isJsonObject(value)) {
    return fieldsOf(value)
      .map(([, part]) => showValue(part))
      .join(' ');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The seal is long, and stands in the JSON output. */
function fieldsOf(object: JsonObject): readonly (readonly [string, JsonValue])[] {
  return Object.entries(object).filter(([name]) => name !== 'seal');
}
