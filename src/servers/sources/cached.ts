import { findCached } from '../binary-cache.ts';
import type { BinarySource } from './binary-source.ts';

/** What an earlier start has fetched or built. */
export const cachedBinary: BinarySource = {
  isSlow: false,
  label: () => 'our cache',
  find: async (name, { options, dataVersion }) =>
    (await findCached(options.cacheDir, name, dataVersion)) ?? { absent: 'not there yet' },
};
