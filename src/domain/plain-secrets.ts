import { findFaults, HomeostatError } from './failure.ts';
import { isJsonObject, type JsonValue } from './json.ts';
import { isSecretName, looksSecret } from './secret-patterns.ts';
import { checkSecretReference, listSecretReferences } from './secret-reference.ts';

/**
 * Secrets that stand in plain fields, by the field's name or the value's form, and references to secrets that cannot be:
 * what is written into `desired` is read by many and kept for long. The value's depth was checked before.
 */
export function findSecretFaults(value: JsonValue, path: string): readonly HomeostatError[] {
  const badReferences = listSecretReferences(value, path).flatMap((reference) =>
    findFaults(() => checkSecretReference(reference)),
  );
  return [...findPlainSecrets(value, path, ''), ...badReferences];
}

/** `name` is that of the field a value stands in, also for the items of a list. */
function findPlainSecrets(value: JsonValue, path: string, name: string): readonly HomeostatError[] {
  if (typeof value === 'string') {
    return value !== '' && (isSecretName(name) || looksSecret(value)) ? [toPlainSecret(path)] : [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item: JsonValue, index) => findPlainSecrets(item, `${path}[${index}]`, name));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => findPlainSecrets(child, `${path}.${key}`, key));
}

function toPlainSecret(path: string): HomeostatError {
  return new HomeostatError('SECRET_IN_SPEC', {
    path,
    problem: 'holds a secret in plain text',
    remedy: 'use secretRef: write {secretRef: <name>} in a field that takes one, such as env of an Instance',
  });
}
