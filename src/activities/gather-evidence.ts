import type { AuditEvent } from '../domain/audit.ts';
import { cutWithMark } from '../domain/cut-to-length.ts';
import { describeThrown } from '../domain/failure.ts';
import type { Evidence, EvidenceItem, HealReference } from '../domain/heal.ts';
import { isJsonObject } from '../domain/json.ts';
import { externalNameOf } from '../domain/kind.ts';
import { describeSeries, toSeries } from '../domain/measurement.ts';
import { hideSecret, redactSecrets } from '../domain/secret-patterns.ts';
import { maximumBlobBytes } from '../state/blobs.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { loadResource, ownerElsewhere, type LoadedResource } from './load-resource.ts';
import { inForceOf } from './observe-resource.ts';
import { lookWithin } from './with-timeout.ts';

/** Characters of one item that are kept, and of its line in the history. */
const kept = { text: 8_192, line: 160, items: 20 };
/** The kind gets this long to look; what it has not found by then is missing, and said to be. */
const kindTimeoutMs = 10_000;
const shownChanges = 10;

type Found = Omit<EvidenceItem, 'id'>;

/**
 * Looks at everything that may tell what is wrong, all at once, and changes nothing: what was reported, the status, what
 * happened of late, what it used over time, and what the kind can see of the thing. Bounded, secrets left out.
 */
export async function gatherEvidence(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { resource, issue }: HealReference,
): Promise<Evidence | { readonly type: 'elsewhere'; readonly host: string }> {
  const { state } = dependencies;
  const loaded = await loadResource(dependencies, resource);
  const owner = loaded.type === 'loaded' ? ownerElsewhere(loaded.resource, dependencies.host) : undefined;
  if (owner !== undefined) return { type: 'elsewhere', host: owner };
  const reported: Found[] = [issue.summary, ...issue.evidence].map((text) => ({ source: 'alert', text }));
  const [status, changes, told, seen] = await Promise.all([
    readStatus(dependencies, resource),
    readChanges(dependencies, resource),
    askPrometheus(dependencies, scope, { resource, issue }),
    loaded.type === 'loaded' ? askKind(dependencies, scope, loaded.resource) : [],
  ]);
  const items = cutToFit(
    [...status, ...changes, ...showMeasured(dependencies, resource), ...told, ...seen, ...reported]
      .slice(0, kept.items)
      .map(({ source, text }, index) => ({
        id: `e${index + 1}`,
        source: cutWithMark(source, kept.line),
        text: redactSecrets(text),
      })),
  );
  const digest = await state.blobs.put(resource.tenant, JSON.stringify(items));
  return {
    digest,
    lines: items.map((item) => ({ ...item, text: cutWithMark(item.text.replaceAll(/\s+/g, ' '), kept.line) })),
  };
}

async function readStatus({ state }: ActivityDependencies, resource: LoadedResource['key']): Promise<Found[]> {
  const { actual } = await state.resources.read(resource);
  return actual === undefined ? [] : [{ source: 'status', text: JSON.stringify(actual.record.status, hideSecret, 1) }];
}

/** What a planner said, which may be a model, is no evidence; nor is that one was asked. */
const saidOnly: ReadonlySet<AuditEvent['type']> = new Set(['plan-proposed', 'model-asked']);

/** What was done, and not what was planned or thought. */
async function readChanges({ state }: ActivityDependencies, resource: LoadedResource['key']): Promise<Found[]> {
  const records = (await state.audit.list(resource)).filter(({ type }) => !saidOnly.has(type)).slice(-shownChanges);
  const lines = records.map(
    ({ at, type, detail }) => `${at} ${type} ${cutWithMark(JSON.stringify(detail, hideModelsCause), 300)}`,
  );
  return lines.length === 0 ? [] : [{ source: 'changes', text: lines.join('\n') }];
}

/** For `JSON.stringify`: of an attempt to repair, what a model took for the cause. */
function hideModelsCause(_: string, value: unknown): unknown {
  if (!isJsonObject(value) || value.by !== 'model') return value;
  const { cause: _cause, ...rest } = value;
  return rest;
}

/** What the runtime itself measured of it over the last minutes. */
function showMeasured({ measuredOf }: ActivityDependencies, resource: LoadedResource['key']): Found[] {
  const lines = toSeries(measuredOf?.(resource) ?? []).flatMap((series) => describeSeries(series) ?? []);
  return lines.length === 0 ? [] : [{ source: 'metrics', text: lines.join('\n') }];
}

async function askPrometheus(
  { askPrometheus }: ActivityDependencies,
  { signal }: ActivityScope,
  { resource, issue }: Pick<HealReference, 'resource' | 'issue'>,
): Promise<readonly Found[]> {
  const text = (await askPrometheus?.(resource, issue.type, signal)) ?? '';
  return text === '' ? [] : [{ source: 'prometheus', text }];
}

async function askKind(
  { log }: ActivityDependencies,
  scope: ActivityScope,
  resource: LoadedResource,
): Promise<readonly Found[]> {
  const { key, kind, desired, actual } = resource;
  const spec = desired?.spec ?? actual?.lastApplied?.spec;
  if (kind.evidence === undefined || spec === undefined) return [];
  const { evidence } = kind;
  try {
    return await lookWithin('evidence', kindTimeoutMs, scope.signal, (signal) =>
      evidence({ signal, log }, { key, externalName: externalNameOf(key), spec, inForce: inForceOf(resource) }),
    );
  } catch (error) {
    return [{ source: 'kind', text: `could not look: ${describeThrown(error)}` }];
  }
}

/** As much of each as may be kept; less of all where their characters take so many bytes that the whole would not be. */
function cutToFit(found: readonly EvidenceItem[], characters: number = kept.text): readonly EvidenceItem[] {
  const items = found.map((item) => ({ ...item, text: cutWithMark(item.text, characters) }));
  const fits = Buffer.byteLength(JSON.stringify(items)) <= maximumBlobBytes;
  return fits ? items : cutToFit(found, Math.floor(characters / 2));
}
