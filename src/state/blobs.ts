import { digestOfText } from '../domain/canonical.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { StateContext } from './state-context.ts';

/**
 * Texts too long for a workflow history, kept under their digest: the same text is stored once a tenant. They go thirty
 * days after they were last put: longer than ledger and plans are kept, and than any run waits but for a person who is to
 * say what became of an effect.
 */
export interface Blobs {
  /** The text's digest. Throws `TOO_LARGE` past `maximumBlobBytes`. */
  put(tenant: string, text: string): Promise<string>;
  /** Undefined when there is none, or when what stands there is not what the digest says. */
  get(tenant: string, digest: string): Promise<string | undefined>;
}

/** As long as a text may be, in UTF-8: 256 KiB. */
export const maximumBlobBytes = 256 * 1024;
const keptSeconds = 30 * 24 * 60 * 60;

export function createBlobs({ store, keys }: StateContext): Blobs {
  return {
    async put(tenant, text) {
      const size = Buffer.byteLength(text);
      if (size > maximumBlobBytes) {
        throw new HomeostatError('TOO_LARGE', {
          path: 'blob',
          problem: `${size} bytes, at most ${maximumBlobBytes} are kept`,
          remedy: 'cut it first',
        });
      }
      const digest = digestOfText(text);
      const key = keys.blob(tenant, digest);
      // Put again its time begins anew; whoever puts it writes the same bytes.
      await store.putFor(key, text, keptSeconds);
      return digest;
    },
    async get(tenant, digest) {
      const { entry } = await store.get(keys.blob(tenant, digest));
      return entry !== undefined && digestOfText(entry.value) === digest ? entry.value : undefined;
    },
  };
}
