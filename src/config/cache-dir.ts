import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where downloads and builds are kept, for all projects of a user. `scripts/run/cache.cjs` has the same rule, because it
 * must run on a Node that cannot read this file; a test holds the two together.
 */
export function cacheDirOf(
  environment: Readonly<Record<string, string | undefined>>,
  os: string = process.platform,
  home: string = homedir(),
): string {
  if (environment['HOMEOSTAT_CACHE_DIR']) return environment['HOMEOSTAT_CACHE_DIR'];
  if (environment['XDG_CACHE_HOME']) return join(environment['XDG_CACHE_HOME'], 'homeostat');
  return os === 'darwin' ? join(home, 'Library', 'Caches', 'homeostat') : join(home, '.cache', 'homeostat');
}
