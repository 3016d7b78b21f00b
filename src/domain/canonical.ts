import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';

/**
 * Canonical JSON (RFC 8785) and digests over it: two values that mean the same have the same bytes on every machine.
 * Pure JavaScript, because the workflow sandbox has no `node:crypto`.
 */
export function toCanonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('cannot canonicalise a value that JSON cannot hold');
  return text;
}

/** Hexadecimal SHA-256 of the canonical JSON of a value. */
export function digestOf(value: unknown): string {
  return digestOfText(toCanonicalJson(value));
}

/** Hexadecimal SHA-256 of a text's UTF-8 bytes. */
export function digestOfText(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** Whether two JSON values are the same, whatever the order of their keys. */
export function isSameJson(left: unknown, right: unknown): boolean {
  return toCanonicalJson(left ?? null) === toCanonicalJson(right ?? null);
}
