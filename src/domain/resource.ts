import { z } from 'zod';
import { HomeostatError, HomeostatErrors, toCodedErrors } from './failure.ts';
import {
  checkDnsLabel,
  defaultTenant,
  isKindName,
  isSameResource,
  parseDependency,
  type ResourceKey,
} from './identity.ts';
import { findSecretFaults } from './plain-secrets.ts';
import { checkJsonLimits, isJsonObject, type JsonObject, type JsonValue } from './json.ts';
import { parseMode } from './mode.ts';
import { toFieldErrors } from './schema-errors.ts';

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
 * The spec is checked by its kind, not here. Throws `HomeostatErrors` with everything that is wrong.
 */
export function parseResource(value: unknown): Resource {
  if (!isJsonObject(value)) {
    throw new HomeostatError('INVALID_BODY', { problem: 'expected an object', got: value });
  }
  checkJsonLimits(value);
  const parsed = resourceSchema.safeParse(withoutOutputs(value));
  if (!parsed.success) throw new HomeostatErrors(toFieldErrors(parsed.error, value, resourceSchema).map(withKindCode));
  const { kind, metadata, spec } = parsed.data;
  const errors = [
    ...findFaults(() => checkVersion(parsed.data.apiVersion)),
    ...findFaults(() => checkKindName(kind)),
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

/** What a check has to say, so that all checks can be asked before anything is thrown. */
function findFaults(check: () => unknown): readonly HomeostatError[] {
  try {
    check();
    return [];
  } catch (error) {
    const faults = toCodedErrors(error);
    if (faults.length === 0) throw error;
    return faults;
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

function checkKindName(kind: string): void {
  if (isKindName(kind)) return;
  throw new HomeostatError('UNKNOWN_KIND', {
    path: 'kind',
    problem: 'a kind begins with a capital letter and holds letters and digits',
    got: kind,
  });
}

/** A resource without a kind is of an unknown kind, like one with a wrong one. */
function withKindCode(error: HomeostatError): HomeostatError {
  if (error.path !== 'kind') return error;
  return new HomeostatError('UNKNOWN_KIND', {
    path: 'kind',
    problem: error.problem,
    remedy: 'add the kind, such as Instance',
  });
}

function toDependencyEntry(entry: string, dependant: ResourceKey, index: number): string {
  const path = `metadata.dependsOn[${index}]`;
  const key = parseDependency(entry, dependant, path);
  if (isSameResource(key, dependant)) {
    throw new HomeostatError('INVALID_VALUE', { path, problem: 'a resource cannot depend on itself', got: entry });
  }
  // Another tenant's resource gets the same words as one that does not exist: nobody learns what others have.
  if (key.tenant !== dependant.tenant) {
    throw new HomeostatError('NOT_FOUND', { path, problem: 'no such resource', got: entry });
  }
  return `${key.kind}/${key.name}`;
}

function withoutOutputs(value: JsonObject): JsonObject {
  const kept = omit(value, outputFields);
  return isJsonObject(kept.metadata) ? { ...kept, metadata: omit(kept.metadata, metadataOutputFields) } : kept;
}

function omit(object: JsonObject, keys: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
