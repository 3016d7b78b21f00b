import type { IncomingMessage } from 'node:http';
import { HomeostatError } from '../domain/failure.ts';
import { ownValue } from '../domain/own-value.ts';

/** What serves a request's path. Throws `NOT_FOUND` where nothing is, then `METHOD_NOT_ALLOWED` for another method. */
export function findRoute<Route>(
  routes: Readonly<Record<string, Route>>,
  served: 'GET' | 'POST',
  { method, url = '/' }: Pick<IncomingMessage, 'method' | 'url'>,
): Route {
  const path = url.split('?', 1)[0]!;
  const route = ownValue(routes, path);
  if (route === undefined) {
    throw new HomeostatError('NOT_FOUND', {
      path,
      problem: 'nothing is served here',
      remedy: `try ${Object.keys(routes).join(' or ')}`,
    });
  }
  if (method !== served) {
    throw new HomeostatError('METHOD_NOT_ALLOWED', {
      path,
      problem: `only ${served} is served`,
      got: method,
      remedy: `send ${served}`,
    });
  }
  return route;
}
