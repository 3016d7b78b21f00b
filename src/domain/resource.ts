import { z } from 'zod';
import { findFaults, HomeostatError, HomeostatErrors } from './failure.ts';
import {
  checkDnsLabel,
  defaultTenant,
  isKindName,
  isSameResource,
  parseDependency,
  type ResourceKey,
} from './identity.ts';
import { findSecretFaults } from './plain-secrets.ts';
import { parseMode } from './mode.ts';
import { checkJsonLimits, isJsonObject, noObject, type JsonObject, type JsonValue } from './json.ts';
import { toFieldErrors } from './schema-errors.ts';
import { toUnknownKind } from './unknown-kind.ts';

/** The only version of the envelope there is. */
export const apiVersion = 'homeostat/v1';

/** The envelope a person writes: what is wanted of one resource. The runtime never writes it. */
export interface Resource<Spec = JsonObject> {
  readonly apiVersion: typeof apiVersion;
  readonly kind: string;
  readonly metadata: ResourceMeta;
  readonly spec: Spec;
}

export interface ResourceMeta {
  readonly name: string;
  readonly tenant: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** `Kind/name` of resources of the same tenant that must be running first. */
  readonly dependsOn: readonly string[];
}

const textMap = z.record(z.string(), z.string()).default({});

export const resourceSchema = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.strictObject({
    name: z.string(),
    tenant: z.string().default(defaultTenant),
    labels: textMap,
    annotations: textMap,
    dependsOn: z.array(z.string()).max(100).default([]),
  }),
  spec: z.record(z.string(), z.unknown()).default({}),
});

/** Fields the runtime adds when it shows a resource: read back and written again they say nothing. */
const outputFields = ['id', 'version', 'status'];
const metadataOutputFields = ['id', 'version', 'createdAt', 'updatedAt'];

/**
 * Checks an envelope and brings it to its one form: defaults filled in, outputs dropped, dependencies spelled out.
 * The spec is checked by its kind, not here. `knownKinds`: the kinds there are; without it any well-formed one will do.
 * Throws `HomeostatErrors` with everything that is wrong.
 */
export function parseResource(value: unknown, knownKinds?: readonly string[]): Resource {
  if (!isJsonObject(value)) throw noObject(value);
  checkJsonLimits(value);
  const parsed = resourceSchema.safeParse(withoutOutputs(value));
  if (!parsed.success) {
    const faults = toFieldErrors(parsed.error, value, resourceSchema).filter(({ path }) => path !== 'kind');
    throw new HomeostatErrors([...findFaults(() => checkKindName(value.kind, knownKinds)), ...faults]);
  }
  const { kind, metadata, spec } = parsed.data;
  const errors = [
    ...findFaults(() => checkVersion(parsed.data.apiVersion)),
    ...findFaults(() => checkKindName(kind, knownKinds)),
    ...findFaults(() => checkDnsLabel(metadata.name, 'metadata.name')),
    ...findFaults(() => checkDnsLabel(metadata.tenant, 'metadata.tenant')),
    ...findFaults(() => parseMode(metadata.annotations)),
    ...findSecretFaults(metadata.labels, 'metadata.labels'),
    ...findSecretFaults(metadata.annotations, 'metadata.annotations'),
    ...findSecretFaults(spec as JsonObject, 'spec'),
  ];
  if (errors.length > 0) throw new HomeostatErrors(errors);
  const key = { tenant: metadata.tenant, kind, name: metadata.name };
  const dependsOn = metadata.dependsOn.map((entry, index) => toDependencyEntry(entry, key, index));
  return {
    apiVersion,
    kind,
    metadata: { ...metadata, dependsOn: [...new Set(dependsOn)].toSorted() },
    spec: spec as JsonObject,
  };
}

export function toResourceKey(resource: Resource): ResourceKey {
  return { tenant: resource.metadata.tenant, kind: resource.kind, name: resource.metadata.name };
}

/** The keys of the resources that must be running before this one. */
export function toDependencies(resource: Resource): readonly ResourceKey[] {
  return resource.metadata.dependsOn.map((entry) => parseDependency(entry, toResourceKey(resource)));
}

/** The same of a stored value, unchecked; one that somebody broke past our doors depends on nothing. */
export function storedDependencies(value: unknown): readonly ResourceKey[] {
  try {
    return toDependencies(parseResource(value));
  } catch {
    return [];
  }
}

function checkVersion(version: string): void {
  if (version === apiVersion) return;
  throw new HomeostatError('UNKNOWN_VERSION', {
    path: 'apiVersion',
    problem: `only ${apiVersion} is served`,
    got: version,
    remedy: `write apiVersion: ${apiVersion}`,
  });
}

/** A resource without a kind is of an unknown kind, like one with a wrong one. */
function checkKindName(kind: unknown, known: readonly string[] | undefined): void {
  if (known !== undefined && !known.some((one) => one === kind)) throw toUnknownKind(kind, known);
  if (typeof kind === 'string' && isKindName(kind)) return;
  throw new HomeostatError('UNKNOWN_KIND', {
    path: 'kind',
    problem: kind === undefined ? 'is missing' : 'a kind begins with a capital letter and holds letters and digits',
    got: kind,
    remedy: 'name the kind, such as Instance',
  });
}

function toDependencyEntry(entry: string, dependant: ResourceKey, index: number): string {
  const path = `metadata.dependsOn[${index}]`;
  const key = parseDependency(entry, dependant, path);
  if (isSameResource(key, dependant)) {
    throw new HomeostatError('INVALID_VALUE', {
      path,
      problem: 'a resource cannot depend on itself',
      got: entry,
      remedy: 'take it out',
    });
  }
  // Another tenant's resource gets the same words as one that does not exist: nobody learns what others have.
  if (key.tenant !== dependant.tenant) {
    throw noSuchResource(path, entry);
  }
  return `${key.kind}/${key.name}`;
}

/** A dependency that is not there, or is another tenant's. */
export function noSuchResource(path: string, got: unknown): HomeostatError {
  return new HomeostatError('NOT_FOUND', {
    path,
    problem: 'no such resource',
    got,
    remedy: 'apply it first, or in the same call',
  });
}

/** Says of a dependency that it is not there, by its place in what somebody wrote. */
export function noSuchDependency(written: unknown, dependant: ResourceKey, dependency: ResourceKey): HomeostatError {
  const metadata = isJsonObject(written) ? written.metadata : undefined;
  const entries = isJsonObject(metadata) ? (metadata.dependsOn as readonly string[]) : [];
  const index = entries.findIndex((entry) => isSameResource(parseDependency(entry, dependant), dependency));
  // The same words as for a resource of another tenant, so that nobody learns what others have.
  return noSuchResource(`metadata.dependsOn[${index}]`, entries[index]);
}

function withoutOutputs(value: JsonObject): JsonObject {
  const kept = omit(value, outputFields);
  return isJsonObject(kept.metadata) ? { ...kept, metadata: omit(kept.metadata, metadataOutputFields) } : kept;
}

function omit(object: JsonObject, keys: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
