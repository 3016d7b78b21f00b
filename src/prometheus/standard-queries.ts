import type { ResourceKey } from '../domain/identity.ts';
import { ownValue } from '../domain/own-value.ts';

/**
 * What a Prometheus is asked about a resource with a fault, by issue type, with the names that the common exporters give
 * their metrics. `$selector` picks the resource by the labels an alert on it has.
 */
const byType: Readonly<Record<string, readonly string[]>> = {
  service_down: ['probe_success{$selector}', 'probe_duration_seconds{$selector}'],
  connection_timeout: ['probe_success{$selector}', 'probe_duration_seconds{$selector}'],
  high_cpu: ['rate(process_cpu_seconds_total{$selector}[2m])'],
  high_memory: ['process_resident_memory_bytes{$selector}'],
  disk_full: ['node_filesystem_avail_bytes{$selector} / node_filesystem_size_bytes{$selector}'],
  replication_lag: ['mysql_slave_status_seconds_behind_master{$selector}', 'pg_replication_lag_seconds{$selector}'],
};
const always: readonly string[] = ['up{$selector}', 'ALERTS{$selector}'];

/** The queries for a fault of a resource: those of the configuration for its type, else the standard ones. */
export function toQueries(
  resource: ResourceKey,
  issueType: string,
  configured: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const standard = [...(ownValue(byType, issueType) ?? []), ...always];
  const queries = ownValue(configured, issueType) ?? standard;
  const words: Readonly<Record<string, string>> = {
    selector: toSelector(resource),
    resource_id: resource.name,
    resource_kind: resource.kind,
    tenant: resource.tenant,
  };
  return queries.map((query) =>
    query.replaceAll(/\$(selector|resource_id|resource_kind|tenant)\b/g, (_, word: string) => words[word]!),
  );
}

/** As `docs/healing.md` has the labels: the kind may stand in either of two, and `default` may be left out. */
function toSelector({ tenant, kind, name }: ResourceKey): string {
  const whose = tenant === 'default' ? 'tenant=~"default|"' : `tenant="${tenant}"`;
  return `resource_id=~"(${kind}/)?${name}",resource_kind=~"${kind}|",${whose}`;
}
