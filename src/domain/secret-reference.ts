import { defaultTenant } from './identity.ts';
import { HomeostatError } from './failure.ts';
import { isJsonObject, type JsonValue } from './json.ts';
import { isSecretReference } from './secret-patterns.ts';

/**
 * A secret is never part of a resource: `{secretRef: name}` stands in its place, and the runtime that starts the thing
 * looks the name up in its own environment, among the secrets of the resource's tenant.
 */
export type SecretReference = { readonly secretRef: string };

export interface PlacedReference {
  readonly name: string;
  /** Where it stands: `spec.env.DB_PASSWORD.secretRef`. */
  readonly path: string;
}

/** No two dashes in a row: `__` in a variable is then always what stands between tenant and name. */
const namePattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** All references in a value, at every depth. The value's depth was checked before. */
export function listSecretReferences(value: JsonValue | undefined, path: string): readonly PlacedReference[] {
  if (isSecretReference(value)) return [{ name: value.secretRef, path: `${path}.secretRef` }];
  if (Array.isArray(value)) {
    return value.flatMap((item: JsonValue, index) => listSecretReferences(item, `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => listSecretReferences(child, `${path}.${key}`));
}

/** Throws `INVALID_NAME` for what is no secret's name, `NOT_FOUND` for one of another tenant, whether there is one or not. */
export function checkSecretReference({ name, path }: PlacedReference): void {
  if (name.includes('/')) throw noSuchSecret(path, name);
  if (name.length <= 63 && namePattern.test(name)) return;
  throw new HomeostatError('INVALID_NAME', {
    path,
    problem: 'must be 1 to 63 characters of a-z, 0-9 and single -, and begin and end with a letter or digit',
    got: name,
    remedy: 'name a secret, such as db-password',
  });
}

/** The same words for a secret that is not there and one that another tenant has. */
export function noSuchSecret(path: string, name: string): HomeostatError {
  return new HomeostatError('NOT_FOUND', {
    path,
    problem: 'no such secret',
    got: name,
    remedy: "name one of the resource's own tenant, and set its HOMEOSTAT_SECRET_ variable where the runtime runs",
  });
}

/**
 * The runtime's variable that holds a secret: `HOMEOSTAT_SECRET_<NAME>`, in any tenant but the default one
 * `HOMEOSTAT_SECRET_<TENANT>__<NAME>`. No two secrets share one.
 */
export function secretVariableOf(tenant: string, name: string): string {
  const toWord = (label: string) => label.toUpperCase().replaceAll('-', '_');
  return `HOMEOSTAT_SECRET_${tenant === defaultTenant ? '' : `${toWord(tenant)}__`}${toWord(name)}`;
}
