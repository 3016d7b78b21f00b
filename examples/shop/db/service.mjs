// The same file in db, api and web: an image is complete in itself, so each carries its own.
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const startsFile = 'starts.jsonl';

/** Notes this start in the working folder, before anything else can go wrong, and says what the file knows of all of them. */
export function recordStart() {
  const start = { pid: process.pid, time: new Date().toISOString(), HOMEOSTAT_KEY: process.env.HOMEOSTAT_KEY ?? null };
  appendFileSync(startsFile, `${JSON.stringify(start)}\n`);
  const starts = readStarts();
  const newest = starts.at(-1);
  return {
    pid: process.pid,
    starts: starts.length,
    startedAt: start.time,
    // The first start is no repair; any later one is, whoever asked for it.
    lastRepair: starts.length > 1 ? { time: newest.time, pid: newest.pid } : null,
  };
}

function readStarts() {
  return readFileSync(startsFile, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return []; // the empty end of the file, or a line that a power cut left half written
      }
    });
}

/**
 * Serves JSON routes `{ 'GET /path': (request) => answer }` on loopback, at the port in `PORT` or the given one. A path
 * that ends in `/*` takes one more segment, handed over as `request.rest`. `prepare` runs once the port is ours and before
 * the first request. Ends at once on SIGTERM and SIGINT.
 */
export function serve(name, standardPort, routes, prepare = () => {}) {
  const port = Number(process.env.PORT ?? standardPort);
  const server = createServer((request, response) => {
    answer(routes, request).then(
      (result) => send(response, result),
      (error) => send(response, { status: error.status ?? 500, body: { error: error.message } }),
    );
  });
  server.on('error', (error) => {
    const problem =
      error.code === 'EADDRINUSE'
        ? `port ${port} is taken by another process — end that process, or change the port in examples/shop/${name}.yaml`
        : error.message;
    console.error(`shop-${name}: cannot listen: ${problem}`);
    process.exit(1);
  });
  server.listen(port, '127.0.0.1', () => {
    prepare();
    console.log(`shop-${name}: process ${process.pid} listens on http://127.0.0.1:${port}`);
  });
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => {
      console.log(`shop-${name}: ${signal}, ending`);
      server.close(() => process.exit(0));
      server.closeAllConnections?.();
    });
  }
}

/** An error that is the caller's fault, or another service's, and is answered as such. */
export function failure(status, message) {
  return Object.assign(new Error(message), { status });
}

/** Asks another service; throws 503 with the reason when it does not answer well. */
export async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(2_000), ...options });
  } catch (error) {
    throw failure(503, `${new URL(url).host} does not answer: ${error.cause?.code ?? error.message}`);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok)
    throw failure(response.status < 500 ? response.status : 503, body.error ?? `http ${response.status}`);
  return body;
}

async function answer(routes, request) {
  const path = new URL(request.url, 'http://localhost').pathname;
  const exact = routes[`${request.method} ${path}`];
  if (exact !== undefined) return exact({ body: () => readBody(request) });
  const slash = path.lastIndexOf('/');
  const wild = routes[`${request.method} ${path.slice(0, slash)}/*`];
  if (wild === undefined) throw failure(404, `no such route: ${request.method} ${path}`);
  return wild({ rest: decodePart(path.slice(slash + 1)), body: () => readBody(request) });
}

function decodePart(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw failure(400, 'the path is not well encoded');
  }
}

const maximumBody = 64 * 1024;

async function readBody(request) {
  // Browsers ask before they send this type to another site: no foreign page can order here.
  if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
    throw failure(415, 'send application/json');
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > maximumBody) throw failure(413, `at most ${maximumBody} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw failure(400, 'the body is no JSON');
  }
}

/** `{ status?, body }` is JSON, `{ html }` a page. */
function send(response, { status = 200, body, html }) {
  const [type, text] =
    html === undefined ? ['application/json', `${JSON.stringify(body)}\n`] : ['text/html; charset=utf-8', html];
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}
