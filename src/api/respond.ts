import type { ServerResponse } from 'node:http';

/** What is sent is all but the status, and the header it makes. */
export interface Answer {
  readonly status: number;
  readonly retryAfter?: number;
}

/** Answers as JSON; `served` is the method that a 405 names. */
export function respond<Shown extends Answer>(response: ServerResponse, answer: Shown, served: 'GET' | 'POST'): void {
  const { body, headers } = toResponse(answer, served);
  response.writeHead(answer.status, headers).end(body);
}

export function toResponse({ status, retryAfter, ...shown }: Answer, served: 'GET' | 'POST') {
  const body = `${JSON.stringify(shown)}\n`;
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 405 ? { allow: served } : {}),
  };
  return { body, headers };
}
