import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import { defaultTenant } from '../domain/identity.ts';
import type { Log } from '../domain/log.ts';
import { parseJson } from '../domain/parse-json.ts';
import type { IssueSender } from '../starters/issue-sender.ts';
import { readIssueReport } from '../starters/read-issue-report.ts';
import { readWebhook } from './alertmanager.ts';
import { hasToken } from './bearer-token.ts';
import { findRoute } from './find-route.ts';
import { closeServer, listen } from './listen.ts';
import { readBody } from './read-body.ts';
import { toShownRefusal, type ShownRefusal } from './shown-refusal.ts';
import { respond, toResponse, type Answer } from './respond.ts';
import { sendReports, toTaken, type SentReports } from './send-reports.ts';

export interface IntakeServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface IntakeServerOptions {
  readonly host: string;
  /** Absent = a free one. */
  readonly port: number | undefined;
  /** Whoever says it may report of every tenant. */
  readonly token: string;
  readonly sender: IssueSender;
  readonly log: Log;
}

const served = 'POST';
const limits = {
  bodyBytes: 1024 * 1024,
  /** Values in one body: many more than so many bytes of alerts hold. */
  values: 100_000,
  /** Requests that are worked on at once; the next ones are told to come back. */
  requests: 16,
  connections: 256,
  /** Reports of one request that the log names. */
  logged: 10,
  headersMs: 10_000,
  bodyMs: 30_000,
  /** How long a refused sender may go on before the connection is closed under him: he must have read the answer. */
  lingerMs: 1_000,
} as const;

/**
 * Where faults are reported from outside: `POST /v1/alerts` takes Alertmanager's webhooks, `POST /v1/issues` one issue.
 * Both as JSON, with the bearer token. What is refused starts nothing.
 */
export async function startIntakeServer(options: IntakeServerOptions): Promise<IntakeServer> {
  const { host, port, log } = options;
  const handle = createHandler(options);
  const server = createServer((request, response) => void handle(request, response));
  server.maxConnections = limits.connections;
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.bodyMs;
  const url = await listen(server, host, port, 'intake.port');
  log.info({ intakeUrl: url }, 'alerts are taken in');
  return { url, close: () => closeServer(server) };
}

function createHandler(options: IntakeServerOptions) {
  const { token, log } = options;
  let working = 0;
  const work = async (take: Take, request: IncomingMessage): Promise<Answer> => {
    if (working >= limits.requests) throw busy();
    working += 1;
    try {
      const text = await readBody(request, limits.bodyBytes);
      if (text === undefined) throw tooLarge();
      return await take(parseJson(text, limits.values), options);
    } finally {
      working -= 1;
    }
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      respond(response, await work(checkRequest(request, token), request), served);
    } catch (error) {
      const refusal = toShownRefusal(error);
      if (refusal.status >= 500) log.warn({ cause: describeThrown(error) }, 'cannot take in what was reported');
      await refuse(request, response, refusal);
    }
  };
}

type Take = (body: unknown, options: IntakeServerOptions) => Promise<Answer>;

const routes: Readonly<Record<string, Take>> = {
  '/v1/alerts': async (body, { sender, log }) => {
    const { reports, refused } = readWebhook(body, { tenant: defaultTenant, now: new Date() });
    const sent = await sendReports(sender, reports, refused);
    logSent(log, sent);
    return sent;
  },
  '/v1/issues': async (body, { sender, log }) => {
    const report = readIssueReport(body, { tenant: defaultTenant, now: new Date() });
    await sender.send(report);
    const sent = { status: 200, taken: [toTaken(report)], refused: [] };
    logSent(log, sent);
    return sent;
  },
};

/** Alertmanager does not show anybody what it was answered. */
function logSent(log: Log, { taken, refused }: Pick<SentReports, 'taken' | 'refused'>): void {
  if (taken.length > 0) log.info({ reports: taken.slice(0, limits.logged), count: taken.length }, 'faults reported');
  if (refused.length === 0) return;
  const reasons = refused.slice(0, limits.logged).map(({ errors }) => errors[0]?.message);
  log.warn({ reasons, count: refused.length }, 'reports refused');
}

/** What takes the body; whoever has no token learns nothing else. */
function checkRequest(request: IncomingMessage, token: string): Take {
  const { headers } = request;
  if (!hasToken(headers.authorization, token)) {
    throw new HomeostatError('UNAUTHENTICATED', {
      path: 'authorization',
      problem: 'not the token of this runtime',
      remedy: 'send: authorization: Bearer <intake.token>',
    });
  }
  const take = findRoute(routes, served, request);
  const type = headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HomeostatError('UNSUPPORTED_MEDIA_TYPE', {
      path: 'content-type',
      problem: 'only application/json is read',
      got: headers['content-type'],
      remedy: 'send: content-type: application/json',
    });
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  // Unpacked, a small body may be a huge one.
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HomeostatError('UNSUPPORTED_MEDIA_TYPE', {
      path: 'content-encoding',
      problem: 'compressed request bodies are not accepted',
      got: encoding,
      remedy: 'do not compress it',
    });
  }
  return take;
}

/**
 * Says no, and closes the connection: what else comes on it is not read. First the answer is sent and what still comes is
 * thrown away for a moment, for a sender that is cut off while it sends never sees the answer.
 */
async function refuse(request: IncomingMessage, response: ServerResponse, refusal: ShownRefusal): Promise<void> {
  if (response.headersSent || request.socket.destroyed) return;
  if (request.complete) return respond(response, refusal, served);
  const { body, headers } = toResponse(refusal, served);
  response.writeHead(refusal.status, { ...headers, connection: 'close' }).write(body);
  request.on('error', () => undefined).resume();
  const waited = new AbortController();
  await Promise.race([
    sleep(limits.lingerMs, undefined, { signal: waited.signal }).catch(() => undefined),
    new Promise((resolve) => void request.once('close', resolve).once('end', resolve)),
  ]);
  waited.abort();
  response.end();
}

function tooLarge(): HomeostatError {
  return new HomeostatError('TOO_LARGE', {
    path: 'body',
    problem: `larger than allowed, at most ${limits.bodyBytes / 1024} KiB`,
    remedy: 'send less at a time: group alerts by resource',
  });
}

function busy(): HomeostatError {
  return new HomeostatError('BUSY', {
    path: 'intake',
    problem: `${limits.requests} requests are being worked on`,
    remedy: 'send it again later',
  });
}
