import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import { defaultTenant } from '../domain/identity.ts';
import { parseJson } from '../domain/parse-json.ts';
import type { IssueSender } from '../starters/issue-sender.ts';
import type { StarterLog } from '../starters/starter-log.ts';
import { readIssueReport } from '../starters/read-issue-report.ts';
import { readWebhook } from './alertmanager.ts';
import { hasToken } from './bearer-token.ts';
import { closeServer, listen } from './listen.ts';
import { readBody } from './read-body.ts';
import { toRefusal, type Refusal } from './refusal.ts';
import { sendReports, toTaken } from './send-reports.ts';

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
  readonly log: StarterLog;
}

const limits = {
  bodyBytes: 1024 * 1024,
  /** Values in one body: many more than so many bytes of alerts hold. */
  values: 100_000,
  /** Requests that are worked on at once; the next ones are told to come back. */
  requests: 16,
  connections: 256,
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
  let working = 0;
  const server = createServer((request, response) => {
    if (working >= limits.requests) return void refuse(request, response, toRefusal(busy()));
    working += 1;
    // A sender that goes away hears nothing; the work for it goes on to its end.
    void handle(options, request, response).finally(() => (working -= 1));
  });
  server.maxConnections = limits.connections;
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.bodyMs;
  const url = await listen(server, host, port);
  log.info({ intakeUrl: url }, 'alerts are taken in');
  return { url, close: () => closeServer(server) };
}

async function handle(options: IntakeServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const take = checkRequest(request, options.token);
    const text = await readBody(request, limits.bodyBytes).catch(() => null);
    if (text === null) return;
    if (text === undefined) throw tooLarge();
    const answer = await take(parseJson(text, limits.values), options.sender);
    respond(response, answer.status, answer, 'retryAfter' in answer ? answer.retryAfter : undefined);
  } catch (error) {
    const refusal = toRefusal(error);
    if (refusal.status >= 500) options.log.warn({ cause: describeThrown(error) }, 'cannot take in what was reported');
    await refuse(request, response, refusal);
  }
}

type Take = (body: unknown, sender: IssueSender) => Promise<{ readonly status: number; readonly retryAfter?: number }>;

const routes: Readonly<Record<string, Take>> = {
  '/v1/alerts': async (body, sender) => {
    const { reports, refused } = readWebhook(body, { tenant: defaultTenant, now: new Date() });
    return sendReports(sender, reports, refused);
  },
  '/v1/issues': async (body, sender) => {
    const report = readIssueReport(body, { tenant: defaultTenant, now: new Date() });
    await sender.send(report);
    return { status: 200, taken: [toTaken(report)] };
  },
};

/** What takes the body; whoever has no token learns nothing else. */
function checkRequest({ headers, method, url = '/' }: IncomingMessage, token: string): Take {
  if (!hasToken(headers.authorization, token)) {
    throw new HomeostatError('UNAUTHENTICATED', {
      path: 'authorization',
      problem: 'not the token of this runtime',
      remedy: 'send: authorization: Bearer <intake.token>',
    });
  }
  const path = url.split('?', 1)[0]!;
  const take = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (take === undefined) {
    throw new HomeostatError('NOT_FOUND', {
      path,
      problem: 'nothing is served here',
      remedy: `try ${Object.keys(routes).join(' or ')}`,
    });
  }
  if (method !== 'POST') {
    throw new HomeostatError('METHOD_NOT_ALLOWED', { path, problem: 'only POST is served', got: method });
  }
  const type = headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HomeostatError('UNSUPPORTED_MEDIA_TYPE', {
      path: 'content-type',
      problem: 'only application/json is read',
      got: headers['content-type'],
    });
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  // Unpacked, a small body may be a huge one.
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HomeostatError('UNSUPPORTED_MEDIA_TYPE', {
      path: 'content-encoding',
      problem: 'only a body as it is is read',
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
async function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): Promise<void> {
  const { status, retryAfter, ...rest } = refusal;
  if (response.headersSent || response.destroyed) return;
  if (request.complete) return respond(response, status, rest, retryAfter);
  const body = `${JSON.stringify(rest)}\n`;
  response.writeHead(status, { ...headersOf(body, status, retryAfter), connection: 'close' }).write(body);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, limits.lingerMs);
    request.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    request.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
    request.on('error', () => undefined).resume();
  });
  response.end();
}

function respond(response: ServerResponse, status: number, value: object, retryAfter?: number): void {
  const { status: _, retryAfter: __, ...shown } = value as Record<string, unknown>;
  const body = `${JSON.stringify(shown)}\n`;
  response.writeHead(status, headersOf(body, status, retryAfter)).end(body);
}

function headersOf(body: string, status: number, retryAfter: number | undefined): Record<string, string | number> {
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 405 ? { allow: 'POST' } : {}),
  };
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
