'use strict';
const crypto = require('crypto');
const fs = require('fs');
const os = require('os');
const path = require('path');

/** The same rule as `cacheDirOf` in src/config/cache-dir.ts, which an old Node cannot read; a test compares the two. */
function cacheDir(environment = process.env, platform = process.platform, home = os.homedir()) {
  if (environment.HOMEOSTAT_CACHE_DIR) return environment.HOMEOSTAT_CACHE_DIR;
  if (environment.XDG_CACHE_HOME) return path.join(environment.XDG_CACHE_HOME, 'homeostat');
  return platform === 'darwin'
    ? path.join(home, 'Library', 'Caches', 'homeostat')
    : path.join(home, '.cache', 'homeostat');
}

/** A folder on the cache's own file system, removed afterwards, so that what is ready can be moved in by one rename. */
async function withTemporaryFolder(work) {
  const folder = path.join(cacheDir(), 'tmp', crypto.randomBytes(12).toString('hex'));
  fs.mkdirSync(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Moves a finished folder to its place. When another process was quicker, its copy stays: the two are the same. */
function moveIntoPlace(folder, target) {
  fs.mkdirSync(path.dirname(target), { recursive: true });
  try {
    fs.renameSync(folder, target);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  }
}

module.exports = { cacheDir, withTemporaryFolder, moveIntoPlace };
