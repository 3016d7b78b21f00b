'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { cacheDir, moveIntoPlace, withTemporaryFolder } = require('./cache.cjs');
const { run } = require('./command.cjs');
const { BootstrapError, withLine } = require('./progress.cjs');

/** Older ones do not know our lock file, or do not run on a Node of today. */
const OLDEST_NPM = 9;
const PINNED_NPM = {
  name: 'npm',
  version: '11.6.2',
  integrity: 'sha512-7iKzNfy8lWYs3zq4oFPa8EXZz5xt9gQNKJZau3B1ErLBb6bF7sBJ00x09485DOvRT2l5Gerbl3VlZNT57MxJVA==',
};

/** The npm that started us, else the one on PATH, as program and first arguments; run by the given Node where that can be chosen. */
function ownNpm(node) {
  const script = process.env.npm_execpath || '';
  return path.basename(script) === 'npm-cli.js' ? [node, script] : ['npm'];
}

/** An npm that can install our lock file on the fitting Node: the machine's, or a pinned one when that is too old. */
async function fittingNpm(node, environment) {
  const [command, ...argv] = ownNpm(node);
  const printed = await run(command, [...argv, '--version'], { env: environment }).catch(() => '');
  if (parseInt(printed, 10) >= OLDEST_NPM) return [command, ...argv];
  const folder = path.join(cacheDir(), 'npm', PINNED_NPM.version);
  if (!fs.existsSync(folder)) {
    await withLine('npm', `${PINNED_NPM.version} from npm package npm`, () => fetchPackage(PINNED_NPM, [], folder));
  }
  return [node, path.join(folder, 'bin', 'npm-cli.js')];
}

/**
 * Fetches a pinned npm package by `npm pack`, which knows the machine's registry, checks it against the pinned integrity
 * and unpacks `files` of it (all, if none are named) to `target`. `check` gets the unpacked folder before it is moved there.
 */
async function fetchPackage({ name, version, integrity }, files, target, check = async () => undefined) {
  await withTemporaryFolder(async (folder) => {
    const [command, ...argv] = ownNpm(process.execPath);
    await run(command, [...argv, 'pack', `${name}@${version}`, '--ignore-scripts', '--loglevel=error'], {
      cwd: folder,
    });
    const archive = fs.readdirSync(folder).find((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw new BootstrapError(`NOT_FETCHED ${name}@${version}: npm pack wrote no archive`);
    const bytes = fs.readFileSync(path.join(folder, archive));
    const actual = `sha512-${crypto.createHash('sha512').update(bytes).digest('base64')}`;
    if (actual !== integrity) {
      throw new BootstrapError(
        `CHECKSUM_MISMATCH ${name}@${version}: is not the pinned package (got ${actual}, expected ${integrity}) — it was not used; check the npm registry`,
      );
    }
    await run('tar', ['-xzf', archive, ...files.map((file) => `package/${file}`)], { cwd: folder });
    await check(path.join(folder, 'package'));
    moveIntoPlace(path.join(folder, 'package'), target);
  });
}

module.exports = { fetchPackage, fittingNpm };
