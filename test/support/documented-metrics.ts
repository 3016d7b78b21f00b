import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './run-program.ts';

/** A metric as docs/telemetry.md tells of it. */
export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** Every metric in the tables of docs/telemetry.md: what the dashboard and the alerts may use, and the page must hold. */
export function readDocumentedMetrics(): readonly DocumentedMetric[] {
  const text = readFileSync(join(projectRoot, 'docs', 'telemetry.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (counter|gauge|histogram) +\|([^|]*)\|/gm)];
  return rows.map(([, name, type, labels]) => ({
    name: name!,
    type: type!,
    labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!).toSorted(),
  }));
}
