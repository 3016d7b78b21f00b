import { HomeostatError } from './failure.ts';

/** What names a resource: one workflow, one desired key and one actual key belong to it. */
export interface ResourceKey {
  readonly tenant: string;
  readonly kind: string;
  readonly name: string;
}

export const defaultTenant = 'default';

const dnsLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const kindPattern = /^[A-Z][A-Za-z0-9]{0,62}$/;

export function isDnsLabel(text: string): boolean {
  return dnsLabel.test(text);
}

export function isKindName(text: string): boolean {
  return kindPattern.test(text);
}

/** Throws `INVALID_NAME` unless the text is a DNS label: tenants and names become keys, ids and folder names. */
export function checkDnsLabel(text: unknown, path: string): string {
  if (typeof text === 'string' && isDnsLabel(text)) return text;
  throw new HomeostatError('INVALID_NAME', {
    path,
    problem: 'must be 1 to 63 characters of a-z, 0-9 and -, ASCII only, and begin and end with a letter or digit',
    got: text,
    remedy: 'choose another name',
  });
}

/** `Instance/web-01`, the way people write a resource of a known tenant. */
export function showResource(key: Pick<ResourceKey, 'kind' | 'name'>): string {
  return `${key.kind}/${key.name}`;
}

/** `default/Instance/web-01`: unique in a whole installation, the last part of every etcd key. */
export function toResourcePath(key: ResourceKey): string {
  return `${key.tenant}/${key.kind}/${key.name}`;
}

/** The key a path names, or undefined when the path is not well formed. */
export function fromResourcePath(path: string): ResourceKey | undefined {
  const [tenant, kind, name, ...rest] = path.split('/');
  if (tenant === undefined || kind === undefined || name === undefined || rest.length > 0) return undefined;
  if (!isDnsLabel(tenant) || !isKindName(kind) || !isDnsLabel(name)) return undefined;
  return { tenant, kind, name };
}

export function isSameResource(left: ResourceKey, right: ResourceKey): boolean {
  return left.tenant === right.tenant && left.kind === right.kind && left.name === right.name;
}

/**
 * `reconcile.<tenant>.<Kind>.<name>`. Tenant, kind and name hold no dots (they are checked), so the dots are ours and
 * two resources never share an id.
 */
export function toReconcileWorkflowId(key: ResourceKey): string {
  return `reconcile.${key.tenant}.${key.kind}.${key.name}`;
}

/** `heal.<tenant>.<Kind>.<name>.<issue type>`: one run for one type of fault on one resource. */
export function toHealWorkflowId(key: ResourceKey, issueType: string): string {
  return `heal.${key.tenant}.${key.kind}.${key.name}.${issueType}`;
}

/** The dependency a `dependsOn` entry names: `db`, `Instance/db` or `tenant/Instance/db`. */
export function parseDependency(entry: string, dependant: ResourceKey, path = 'metadata.dependsOn'): ResourceKey {
  const parts = entry.split('/');
  const key = fromResourcePath(
    [...[dependant.tenant, dependant.kind].slice(0, Math.max(0, 3 - parts.length)), ...parts].join('/'),
  );
  if (key !== undefined) return key;
  throw new HomeostatError('INVALID_VALUE', {
    path,
    problem: 'not a resource',
    got: entry,
    remedy: 'write Kind/name, such as Instance/db',
  });
}
