// The service under treatment: answers over HTTP, asks another one when told to, and notes its starts and ends in a folder
// outside its own, where whoever judges finds them. It has no switch for faults: what goes wrong, goes wrong from outside.
import { X509Certificate } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const { NOTES, SPOOL = 'spool', PORT, STARTED_BY = 'keeper' } = process.env;
const configFile = 'config/service.json';
const certificateFile = 'config/certificate.pem';
const lockFile = 'service.lock';
/** What a piece of work needs in its spool. */
const spoolBytes = 64 * 1024;

const note = (type, more = {}) =>
  appendFileSync(
    join(NOTES, 'notes.jsonl'),
    `${JSON.stringify({ type, pid: process.pid, at: Date.now(), by: STARTED_BY, cwd: process.cwd(), ...more })}\n`,
  );

function giveUp(reason) {
  console.error(`service: ${reason}`);
  note('gave-up', { reason });
  process.exit(1);
}

function readConfig() {
  try {
    const read = JSON.parse(readFileSync(configFile, 'utf8'));
    if (typeof read.greeting !== 'string') throw new Error('greeting: is missing');
    return read;
  } catch (error) {
    return giveUp(`cannot read ${configFile}: ${error.message}`);
  }
}

note('start');
let config = readConfig();
if (config.lock === true) {
  if (existsSync(lockFile)) giveUp(`${lockFile} is there: another copy runs, or one was killed; remove it`);
  writeFileSync(lockFile, String(process.pid));
}
console.log(`service: process ${process.pid} starts`);

const remembered = [];
let probes = 0;

/** What does not go, or nothing. */
function findProblem() {
  try {
    readFileSync('page.txt');
    if (config.certificate === true) {
      const { validToDate } = new X509Certificate(readFileSync(certificateFile));
      if (validToDate.getTime() < Date.now()) return `the certificate has expired on ${validToDate.toISOString()}`;
    }
    mkdirSync(SPOOL, { recursive: true });
    const probe = join(SPOOL, `piece-${process.pid}-${(probes += 1)}`);
    try {
      writeFileSync(probe, Buffer.alloc(spoolBytes));
    } finally {
      rmSync(probe, { force: true });
    }
  } catch (error) {
    return error.message;
  }
  return undefined;
}

/** Works through many rows at low priority, as reports do. Without `seconds` it never ends, and nothing else gets a turn. */
async function report(seconds) {
  setPriority(19);
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const until = seconds === undefined ? Infinity : Date.now() + seconds * 1_000;
  while (Date.now() < until) {
    const pause = Date.now() + 40;
    while (Date.now() < pause);
    if (seconds === undefined) Atomics.wait(cell, 0, 0, 40);
    else await sleep(40);
  }
  setPriority(0);
}

/** A log on a full disk is cut short, as it is everywhere. */
function writeLog(megabytes, text) {
  const line = `${text}\n`;
  const block = line.repeat(Math.ceil(65_536 / line.length));
  try {
    for (let written = 0; written < megabytes * 1_048_576; written += block.length) writeSync(1, block);
  } catch {
    // No space is left.
  }
}

async function askDependency() {
  const asked = await fetch(config.asks, { signal: AbortSignal.timeout(1_000) });
  if (!asked.ok) throw new Error(`${config.asks} answered ${asked.status}`);
  return (await asked.json()).greeting;
}

async function answer(url) {
  const number = (name) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : undefined);
  switch (url.pathname) {
    case '/healthz': {
      await sleep(config.delayMs ?? 0);
      const problem = findProblem();
      if (problem !== undefined) return [503, { ok: false, problem }];
      if (config.checksDeeply === true && config.asks !== undefined) await askDependency();
      return [200, { ok: true }];
    }
    case '/': {
      await sleep(config.delayMs ?? 0);
      const problem = findProblem();
      if (problem !== undefined) return [503, { problem }];
      if (config.asks === undefined) return [200, { greeting: config.greeting }];
      return [200, { greeting: `${config.greeting}, with ${await askDependency()}` }];
    }
    case '/report':
      await report(number('seconds'));
      return [200, { done: true }];
    case '/remember':
      remembered.push(Buffer.alloc((number('megabytes') ?? 1) * 1_048_576, remembered.length + 1));
      return [200, { things: remembered.length }];
    case '/drain':
      server.close();
      server.closeIdleConnections();
      return [200, { drained: true }];
    case '/log':
      writeLog(number('megabytes') ?? 1, url.searchParams.get('text') ?? 'a line');
      return [200, { logged: true }];
    default:
      return [404, { problem: 'no such address' }];
  }
}

const server = createServer((request, response) => {
  const send = ([status, body]) =>
    response
      .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      .end(`${JSON.stringify(body)}\n`);
  answer(new URL(request.url, 'http://localhost')).then(send, (error) => send([503, { problem: error.message }]));
});
server.on('error', (error) => giveUp(`cannot listen: ${error.message}`));
const listen = () => server.listen(config.port ?? Number(PORT), '127.0.0.1');
listen();

/** Takes the configuration as it is now, with another port if it says so. */
process.on('SIGHUP', () => {
  const before = config.port;
  config = readConfig();
  if (config.port === before) return;
  server.close(listen);
  server.closeAllConnections();
});
process.on('SIGTERM', () => {
  note('asked-to-end');
  if (config.lock === true) rmSync(lockFile, { force: true });
  process.exit(0);
});
