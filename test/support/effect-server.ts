import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The oracle of the fault tests: a process of its own that keeps objects and appends every effect with its idempotency
 * key to a file. Nobody's own log is trusted.
 *
 * Run: `node effect-server.ts <log file> <keyed|plain>`; it prints its port. In *keyed* mode a second effect with the
 * same key gets 409 and is logged as refused; in *plain* mode keys are ignored and nobody can ask after them.
 *
 *   POST /effects            {key, object, action, value}   do it
 *   GET  /effects/<key>      what became of it (keyed mode); 202 under way, where it is told to tell
 *   GET  /objects/<name>     how it is
 *   GET  /under-way          keys of the effects that are being delayed
 *   POST /behaviour          {delayMs, failAfter, failBefore, refuse, forget, tellUnderWay}   for the effects to come
 *   POST /behaviour/<name>   the same for one object
 *
 * An effect that it declines (`failBefore`, `refuse`) is logged as declined. What it forgets it says it did, and did not.
 */
interface Behaviour {
  delayMs: number;
  failAfter: boolean;
  failBefore: boolean;
  refuse: boolean;
  forget: boolean;
  tellUnderWay: boolean;
}

const [logFile, mode] = process.argv.slice(2);
if (logFile === undefined || (mode !== 'keyed' && mode !== 'plain'))
  throw new Error('usage: effect-server.ts <log file> <keyed|plain>');

const objects = new Map<string, unknown>();
const done = new Map<string, unknown>();
const underWay = new Set<string>();
let behaviour: Behaviour = {
  delayMs: 0,
  failAfter: false,
  failBefore: false,
  refuse: false,
  forget: false,
  tellUnderWay: false,
};
const behaviourOf = new Map<string, Partial<Behaviour>>();

const server = createServer((request, response) => {
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  void handle(request, answer).catch((error: unknown) => answer(500, { error: String(error) }));
});

async function handle(request: IncomingMessage, answer: (status: number, body: unknown) => void): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, collection, name] = pathname.split('/');
  if (request.method === 'GET' && collection === 'objects') {
    if (name === undefined || name === '') return answer(200, Object.fromEntries(objects));
    return objects.has(name) ? answer(200, objects.get(name)) : answer(404, {});
  }
  if (request.method === 'GET' && collection === 'effects') {
    if (mode === 'plain') return answer(405, {});
    if (done.has(name!)) return answer(200, done.get(name!));
    return answer(behaviour.tellUnderWay && underWay.has(name!) ? 202 : 404, {});
  }
  if (collection === 'under-way') return answer(200, [...underWay]);
  const body = await readJson(request);
  if (collection === 'behaviour') {
    if (name === undefined) behaviour = { ...behaviour, ...body };
    else behaviourOf.set(name, body);
    return answer(200, {});
  }
  const { key, object, action, value } = body as {
    key: string;
    object: string;
    action: 'put' | 'remove';
    value: unknown;
  };
  const { refuse, failBefore, delayMs, forget, failAfter } = { ...behaviour, ...behaviourOf.get(object) };
  if (delayMs > 0) {
    underWay.add(key);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    underWay.delete(key);
  }
  if (refuse || failBefore) {
    log({ key, object, action, declined: true });
    return refuse ? answer(422, { error: 'refused' }) : answer(503, { error: 'not now' });
  }
  if (mode === 'keyed' && done.has(key)) {
    log({ key, object, action, refused: true });
    return answer(409, done.get(key));
  }
  if (action === 'remove' && !forget) objects.delete(object);
  if (action === 'put' && !forget) objects.set(object, value);
  done.set(key, value);
  log({ key, object, action, value });
  if (failAfter) return answer(500, { error: 'failed after the effect' });
  return answer(200, value ?? {});
}

function log(entry: object): void {
  appendFileSync(logFile!, `${JSON.stringify({ at: Date.now(), ...entry })}\n`);
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as Record<string, unknown>;
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
