import type { ShownResource } from '../starters/shown-resource.ts';
import { summariseStatus } from './summarise-status.ts';
import { renderTable, toCell } from './table.ts';

export function resourceHeadings(withTenant: boolean): readonly string[] {
  return [...(withTenant ? ['TENANT'] : []), 'RESOURCE', 'STATE', 'NOTE'];
}

/** Where a resource is in its life, and why. */
export function toResourceRow({ kind, metadata, status }: ShownResource, withTenant: boolean): readonly string[] {
  return [
    ...(withTenant ? [metadata.tenant] : []),
    `${kind}/${metadata.name}`,
    status.state,
    toCell(summariseStatus(status)),
  ];
}

/** One line a resource. */
export function renderResources(items: readonly ShownResource[], withTenant: boolean): string {
  return renderTable(
    resourceHeadings(withTenant),
    items.map((item) => toResourceRow(item, withTenant)),
  );
}
