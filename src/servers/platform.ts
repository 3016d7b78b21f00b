import { homedir } from 'node:os';
import { join } from 'node:path';

/** Platforms in the words of Go's releases. */
export type Platform = 'linux-amd64' | 'linux-arm64' | 'darwin-amd64' | 'darwin-arm64';

const PLATFORMS: Readonly<Record<string, Platform>> = {
  'linux-x64': 'linux-amd64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-amd64',
  'darwin-arm64': 'darwin-arm64',
};

/** This machine's platform, or undefined where no ready-made binary is known. */
export function currentPlatform(
  os: string = process.platform,
  architecture: string = process.arch,
): Platform | undefined {
  return PLATFORMS[`${os}-${architecture}`];
}

/**
 * Where downloads and builds are kept when nothing is configured. `scripts/run.cjs` has the same rule, because it must
 * run on a Node that cannot read this file; a test holds the two together.
 */
export function defaultCacheDir(
  environment: Readonly<Record<string, string | undefined>>,
  os: string = process.platform,
  home: string = homedir(),
): string {
  if (environment['HOMEOSTAT_CACHE_DIR']) return environment['HOMEOSTAT_CACHE_DIR'];
  if (environment['XDG_CACHE_HOME']) return join(environment['XDG_CACHE_HOME'], 'homeostat');
  return os === 'darwin' ? join(home, 'Library', 'Caches', 'homeostat') : join(home, '.cache', 'homeostat');
}
