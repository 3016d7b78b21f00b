import { access, constants } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { OLDEST_FITTING, isFitting, readVersion } from '../versions.ts';
import { ServersError } from '../servers-error.ts';
import { tooOld, type BinarySource } from './binary-source.ts';
import type { BinaryName, FindContext } from '../types.ts';

/** The program the configuration names. One that does not fit is an error, not a reason to look elsewhere. */
export const configuredBinary: BinarySource = {
  isSlow: false,
  label: (name, context) => (configuredPath(name, context) === undefined ? undefined : 'configured binary'),
  find: async (name, context) => {
    const path = configuredPath(name, context) ?? '';
    const version = await readVersion(name, path).catch((error: unknown) => {
      throw new ServersError(
        'BINARY_UNFIT',
        `${name}.binary: cannot be run (got ${path}) — give the path of ${name} ${OLDEST_FITTING[name]} or newer, or leave it out`,
        { cause: error },
      );
    });
    if (isFitting(name, version)) return { path, version, origin: 'configured' };
    throw new ServersError(
      'BINARY_UNFIT',
      `${name}.binary: too old (got ${version} at ${path}) — give ${OLDEST_FITTING[name]} or newer, or leave it out`,
    );
  },
};

/** What is installed on this machine. */
export const installedBinary: BinarySource = {
  isSlow: false,
  label: () => 'installed on PATH',
  find: async (name, context) => {
    const path = await findOnPath(name);
    if (path === undefined) return { absent: 'not installed' };
    const version = await readVersion(name, path);
    return tooOld(name, version, context, ` at ${path}`) ?? { path, version, origin: `installed at ${path}` };
  },
};

/** The first executable of this name on PATH. */
export async function findOnPath(command: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, command);
    const isUsable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isUsable) return path;
  }
  return undefined;
}

function configuredPath(name: BinaryName, context: FindContext): string | undefined {
  const { temporal, etcd } = context.options;
  const path = { temporal, etcd, etcdctl: undefined, etcdutl: undefined }[name]?.binary;
  // A server is started in a folder of its own, where a relative path leads elsewhere; a bare name is looked for on PATH.
  return path?.includes('/') === true ? resolve(path) : path;
}
