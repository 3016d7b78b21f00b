import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { digestOfText } from '../domain/canonical.ts';
import { HomeostatError } from '../domain/failure.ts';
import { redactSecrets } from '../domain/secret-patterns.ts';
import type { Transcript } from '../domain/transcript.ts';
import type { TranscriptStore } from './transcript-folder.ts';

/** What was said between us and models, in full; kept outside of etcd and of every history. */
export interface Transcripts {
  /** The transcript's digest, by which it is found again. Secrets in it are left out. */
  put(tenant: string, transcript: Transcript): Promise<string>;
  /** Undefined when there is none. Throws `TRANSCRIPT_LOCKED` without the key it was written with. */
  get(tenant: string, digest: string): Promise<Transcript | undefined>;
  removeOlderThan(ageMs: number): Promise<void>;
}

/** Marks an encrypted file; what stands without it is plain JSON. */
const magic = Buffer.from('HST1');
const ivBytes = 12;
const tagBytes = 16;

/** With `key` everything that is written is encrypted (AES-256-GCM, bound to its name); what is there may be either. */
export function createTranscripts(store: TranscriptStore, key?: string): Transcripts {
  const secret = key === undefined ? undefined : scryptSync(key, 'homeostat transcripts', 32);
  const nameOf = (tenant: string, digest: string) => `${tenant}/${digest}.json`;
  return {
    async put(tenant, transcript) {
      const text = JSON.stringify(transcript, (_, value: unknown) =>
        typeof value === 'string' ? redactSecrets(value) : value,
      );
      const digest = digestOfText(text);
      const name = nameOf(tenant, digest);
      await store.put(name, secret === undefined ? Buffer.from(text) : encrypt(text, name, secret));
      return digest;
    },
    async get(tenant, digest) {
      // It becomes part of a path.
      if (!/^[0-9a-f]{64}$/.test(digest)) return undefined;
      const name = nameOf(tenant, digest);
      const bytes = await store.get(name);
      if (bytes === undefined) return undefined;
      return JSON.parse(
        isEncrypted(bytes) ? decrypt(bytes, name, secret) : Buffer.from(bytes).toString(),
      ) as Transcript;
    },
    removeOlderThan: (ageMs) => store.removeOlderThan(ageMs),
  };
}

function encrypt(text: string, name: string, secret: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', secret, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([magic, iv, cipher.getAuthTag(), body]);
}

function isEncrypted(bytes: Uint8Array): boolean {
  return magic.equals(bytes.subarray(0, magic.length));
}

function decrypt(bytes: Uint8Array, name: string, secret: Buffer | undefined): string {
  const locked = (problem: string) =>
    new HomeostatError('TRANSCRIPT_LOCKED', {
      path: name,
      problem,
      remedy: 'set models.transcripts.key to the key it was written with',
    });
  if (secret === undefined) throw locked('is encrypted, and there is no key');
  const iv = bytes.subarray(magic.length, magic.length + ivBytes);
  const tag = bytes.subarray(magic.length + ivBytes, magic.length + ivBytes + tagBytes);
  const decipher = createDecipheriv('aes-256-gcm', secret, iv, { authTagLength: tagBytes })
    .setAAD(Buffer.from(name))
    .setAuthTag(tag);
  try {
    const body = bytes.subarray(magic.length + ivBytes + tagBytes);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString();
  } catch (error) {
    throw new HomeostatError('TRANSCRIPT_LOCKED', {
      path: name,
      problem: 'another key was used, or the file was changed',
      remedy: 'set models.transcripts.key to the key it was written with',
      cause: error,
    });
  }
}
