import { findFaults, HomeostatError } from './failure.ts';
import type { JsonValue } from './json.ts';
import { listTexts } from './list-texts.ts';
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
  const plainSecrets = listTexts(value, path)
    .filter(({ text, field }) => text !== '' && (isSecretName(field) || looksSecret(text)))
    .map((placed) => toPlainSecret(placed.path));
  return [...plainSecrets, ...badReferences];
}

function toPlainSecret(path: string): HomeostatError {
  return new HomeostatError('SECRET_IN_SPEC', {
    path,
    problem: 'holds a secret in plain text',
    remedy: 'use secretRef: write {secretRef: <name>} in a field that takes one, such as env of an Instance',
  });
}
