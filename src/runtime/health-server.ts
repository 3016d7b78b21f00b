import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { findRoute } from '../api/find-route.ts';
import { closeServer, listen } from '../api/listen.ts';
import { toShownRefusal } from '../api/shown-refusal.ts';
import { respond } from '../api/respond.ts';
import { describeThrown } from '../domain/failure.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { MetricsPage } from '../telemetry/metrics-page.ts';

export interface RuntimeHealth {
  readonly ready: boolean;
  /** What readiness is made of, one line each. */
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>;
  /** Agents of this runtime with the number of their kinds and tools. */
  readonly agents: readonly { readonly name: string; readonly kinds: readonly string[]; readonly tools: number }[];
}

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface HealthServerOptions {
  readonly address: string;
  /** Absent = a free one. */
  readonly port: number | undefined;
  readonly health: () => RuntimeHealth;
  readonly metrics: () => Promise<MetricsPage>;
  readonly log: Pick<Logger, 'warn'>;
}

const served = 'GET';

/**
 * `GET /healthz`: the process lives. `GET /readyz`: it can take work, 503 with the reason when it cannot; both as JSON.
 * `GET /metrics`: for Prometheus. It takes nothing in and asks nobody who he is: on loopback unless configured.
 */
export async function startHealthServer({
  address,
  port,
  health,
  metrics,
  log,
}: HealthServerOptions): Promise<HealthServer> {
  const routes: Readonly<Record<string, (response: ServerResponse) => void | Promise<void>>> = {
    '/healthz': (response) => respond(response, { status: 200, ok: true, agents: health().agents }, served),
    '/readyz': (response) => {
      const current = health();
      respond(response, { status: current.ready ? 200 : 503, ...current }, served);
    },
    '/metrics': async (response) => {
      const { contentType, text } = await metrics();
      response.writeHead(200, { 'content-type': contentType }).end(text);
    },
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await findRoute(routes, served, request)(response);
    } catch (error) {
      const refusal = toShownRefusal(error);
      if (refusal.status >= 500) log.warn({ cause: describeThrown(error) }, 'cannot show how it is');
      respond(response, refusal, served);
    }
  };
  const server = createServer((request, response) => void handle(request, response));
  const url = await listen(server, address, port, 'runtime.healthPort');
  return { url, close: () => closeServer(server) };
}
