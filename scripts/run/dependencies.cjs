'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { run } = require('./command.cjs');
const { fittingNpm } = require('./npm.cjs');
const { BootstrapError, withLine } = require('./progress.cjs');

const STAMP = '.homeostat-stamp';
const GIVE_UP_MS = 10 * 60000;

/**
 * Installs exactly what the lock file says, unless node_modules carries the stamp of this lock file and Node. Without
 * install scripts: nothing we use needs one, and a stranger's must not run. Two at once: the second waits for the first.
 */
async function ensureDependencies(root, node, environment) {
  const wanted = expectedStamp(root, node);
  if (wanted === undefined || readStamp(root) === wanted) return;
  await withInstallLock(root, async () => {
    if (readStamp(root) === wanted) return;
    const [command, ...argv] = await fittingNpm(node.path, environment);
    await withLine('packages', 'from the npm registry, as in package-lock.json', () =>
      run(command, [...argv, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
        cwd: root,
        env: environment,
      }),
    );
    fs.writeFileSync(path.join(root, 'node_modules', STAMP), wanted);
  });
}

function expectedStamp(root, node) {
  const lockFile = path.join(root, 'package-lock.json');
  if (!fs.existsSync(lockFile)) return undefined;
  const digest = crypto.createHash('sha256').update(fs.readFileSync(lockFile)).digest('hex');
  // Packages with a binary pick theirs by platform and by Node's major version.
  return `${digest} node-${node.version.split('.')[0]} ${process.platform}-${process.arch}\n`;
}

function readStamp(root) {
  try {
    return fs.readFileSync(path.join(root, 'node_modules', STAMP), 'utf8');
  } catch {
    return undefined;
  }
}

async function withInstallLock(root, work) {
  const lock = path.join(root, '.homeostat', 'install.lock');
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  const deadline = Date.now() + GIVE_UP_MS;
  while (!tryLock(lock)) {
    const holder = readHolder(lock);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      fs.rmSync(lock, { force: true });
      continue;
    }
    if (Date.now() > deadline) {
      throw new BootstrapError(
        `INSTALL_LOCKED ${lock}: process ${holder} is installing (for 10 minutes) — end it, or remove that file if it is none of ours, and try again`,
      );
    }
    await withLine('packages', `process ${holder} is installing them: waiting`, () => waitForChange(lock, holder));
  }
  try {
    await work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function tryLock(lock) {
  // It appears with its holder in it: one without would be waited for in vain.
  const draft = `${lock}.${process.pid}`;
  try {
    fs.writeFileSync(draft, String(process.pid));
    fs.linkSync(draft, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

async function waitForChange(lock, holder) {
  const until = Date.now() + GIVE_UP_MS;
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (readHolder(lock) !== holder || !isAlive(holder)) return;
  }
}

/** Nothing where there is no lock, 0 of one that nobody can hold. */
function readHolder(lock) {
  try {
    return Number(fs.readFileSync(lock, 'utf8')) || 0;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  // After a restart the number of who was killed may be our own.
  if (pid === 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

module.exports = { ensureDependencies };
