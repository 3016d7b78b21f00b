import { codedOrThrow, HomeostatError } from '../domain/failure.ts';
import { defaultTenant, showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { checkJsonLimits, isJsonObject, noObject, type JsonObject } from '../domain/json.ts';
import { parseResource, toResourceKey, type Resource } from '../domain/resource.ts';
import type { KindCheck } from './check-against-kind.ts';
import type { SourceDocument } from './parse-documents.ts';

/** A document that is a resource of a known kind, with nothing said about what else there is. */
export interface CheckedDocument {
  readonly key: ResourceKey;
  readonly path: string;
  readonly resource: Resource;
  /** The spec with its defaults filled in. */
  readonly filledSpec: JsonObject;
  readonly check: KindCheck;
  /** As it was written: errors about what it names use its own words. */
  readonly written: JsonObject;
  readonly where: string;
}

/** Puts coded errors of one document in their place; with several documents the path tells which one. */
export type Placer = (document: Pick<CheckedDocument, 'key'> | SourceDocument, error: HomeostatError) => HomeostatError;

export function createPlacer(documentCount: number): Placer {
  return (document, error) => {
    if (documentCount === 1) return error;
    const where = 'key' in document ? showResource(document.key) : labelOf(document);
    return error.at(error.path === '$' ? where : `${where} ${error.path}`);
  };
}

/**
 * Checks one document: envelope, kind, spec. Adds all that is wrong to `errors` and answers undefined then. A tenant that
 * the caller chose stands in for one that was not written, and contradicts another.
 */
export function checkDocument(
  document: SourceDocument,
  checks: ReadonlyMap<string, KindCheck>,
  tenant: string | undefined,
  report: (error: HomeostatError) => void,
): CheckedDocument | undefined {
  try {
    const written = withTenant(document.value, tenant);
    const check = checks.get(written.kind as string);
    // Checked even when the envelope is wrong too: everything is said in one go.
    const { errors, spec } = check?.checkSpec(isJsonObject(written.spec) ? written.spec : {}) ?? {
      errors: [],
      spec: {},
    };
    if (isJsonObject(written.spec) || written.spec === undefined) for (const error of errors) report(error);
    const resource = parseResource(written, [...checks.keys()].toSorted());
    if (errors.length > 0) return undefined;
    const key = toResourceKey(resource);
    return {
      key,
      path: toResourcePath(key),
      resource,
      filledSpec: spec,
      check: check!,
      written,
      where: document.where,
    };
  } catch (error) {
    for (const one of codedOrThrow(error)) report(one);
    return undefined;
  }
}

/** A document with the tenant that the caller chose, if any. Throws `INVALID_VALUE` where it names another. */
export function withTenant(value: unknown, tenant: string | undefined): JsonObject {
  if (!isJsonObject(value)) throw noObject(value);
  checkJsonLimits(value);
  const { metadata } = value;
  if (tenant === undefined || !isJsonObject(metadata)) return value;
  if (metadata.tenant === undefined) return { ...value, metadata: { ...metadata, tenant } };
  if (metadata.tenant === tenant) return value;
  throw new HomeostatError('INVALID_VALUE', {
    path: 'metadata.tenant',
    problem: `another tenant than --tenant ${tenant}`,
    got: metadata.tenant,
    remedy: 'leave one of them out',
  });
}

function labelOf({ value, where }: SourceDocument): string {
  if (!isJsonObject(value) || !isJsonObject(value.metadata)) return where;
  const { kind, metadata } = value;
  const isShort = (text: unknown): text is string => typeof text === 'string' && /^[A-Za-z0-9-]{1,63}$/.test(text);
  if (!isShort(kind) || !isShort(metadata.name)) return where;
  const { tenant = defaultTenant } = metadata;
  return tenant === defaultTenant
    ? `${kind}/${metadata.name}`
    : `${typeof tenant === 'string' ? tenant.slice(0, 63) : '?'}/${kind}/${metadata.name}`;
}
