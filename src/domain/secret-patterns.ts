import type { SecretReference } from './secret-reference.ts';

/**
 * What looks like a secret, by the name of its field or by its own form. Serves both to refuse secrets in plain fields
 * and to keep values out of what is shown. Every pattern is bounded: hostile text must not make it slow.
 */

/** Last words of names whose value is a secret, alone or after other words: `token`, `DB_PASSWORD`, `clientSecret`. */
const secretWords = new Set([
  'password',
  'passwords',
  'passwd',
  'passphrase',
  'secret',
  'secrets',
  'token',
  'tokens',
  'apikey',
  'credential',
  'credentials',
]);
/** Last words that mean a secret only after others: `DB_PASS`, never `pass` alone or `PWD`, the working folder. */
const secretAfterOthers = new Set(['pass', 'pwd']);
/** What makes a key one that opens something: `apiKey`, `SSH_PRIVATE_KEY`; never `sortKey`. */
const secretKeys = new Set(['api', 'access', 'private', 'secret', 'signing', 'encryption', 'auth', 'master']);

/** Most names are none, and are asked about often. */
const mayBeSecret = /pass|pwd|secret|token|credential|key/i;

/** Whether a field of this name holds a secret. `passwordFile` and `secretRef` do not: they name a place. */
export function isSecretName(name: string): boolean {
  if (name.length > 200 || !mayBeSecret.test(name)) return false;
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1);
  if (last === undefined) return false;
  if (secretWords.has(last)) return true;
  const before = words.at(-2);
  return before !== undefined && (secretAfterOthers.has(last) || (last === 'key' && secretKeys.has(before)));
}

const secretForms: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bgh[opsru]_[A-Za-z0-9]{36}/,
  /\bgithub_pat_[A-Za-z0-9_]{22}/,
  /\bglpat-[A-Za-z0-9_-]{20}/,
  /\bxox[abeprs]-[A-Za-z0-9-]{10}/,
  /\bsk-[A-Za-z0-9_-]{20}/,
  /\bAIza[0-9A-Za-z_-]{35}/,
  /\bBearer [A-Za-z0-9._~+/-]{16}/,
  // A signed token: two parts of JSON in base64, and a signature.
  /\beyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10}/,
  // A password in a web address: postgres://user:password@host.
  /\b[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:[^\s/@]{1,200}@/,
];
const option = /^--?([A-Za-z0-9_-]{1,100})=./s;

/** Whether a text has the form of a secret, whatever it is called: a private key, a known token, `--password=…`. */
export function looksSecret(text: string): boolean {
  if (secretForms.some((form) => form.test(text))) return true;
  const name = option.exec(text)?.[1];
  return name !== undefined && isSecretName(name);
}

/** Stands where a part of a text was taken out. */
export const secretMark = '[secret]';

const privateKey =
  /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY[^]*?(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/g;

/** A text with what has the form of a secret taken out of it, for what leaves the process. */
export function redactSecrets(text: string): string {
  let redacted = text.replace(privateKey, secretMark);
  for (const form of secretForms) redacted = redacted.replace(new RegExp(`${form.source}[\\w.~+/-]*`, 'g'), secretMark);
  return redacted;
}

/** Stands where a whole value was left out. */
export const hiddenMark = '(not shown: may be a secret)';

/** A value as it may be shown: what is, or holds, a secret is left out. `path` is where it stands. */
export function withoutSecrets(value: unknown, path: string): unknown {
  if (path.split(/[.[\] ]/).some(isSecretName) && !isSecretReference(value)) return hiddenMark;
  return typeof value === 'string' && looksSecret(value) ? hiddenMark : value;
}

/** For `JSON.stringify`: leaves out what {@link withoutSecrets} would, at every depth. */
export function hideSecret(key: string, value: unknown): unknown {
  if (typeof value === 'string' && looksSecret(value)) return hiddenMark;
  return isSecretName(key) && value !== null && value !== undefined && !isSecretReference(value) ? hiddenMark : value;
}

/** `{secretRef: name}` names a secret, and is none. */
export function isSecretReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return false;
  return 'secretRef' in value && typeof value.secretRef === 'string';
}
