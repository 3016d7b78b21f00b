import { createServer } from 'node:http';
import { closeServer, listen } from '../api/listen.ts';
import { describeThrown } from '../domain/failure.ts';
import type { MetricsPage } from '../telemetry/metrics-page.ts';

export interface Health {
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
  readonly health: () => Health;
  readonly metrics: () => Promise<MetricsPage>;
}

/**
 * `GET /healthz`: the process lives. `GET /readyz`: it can take work, 503 with the reason when it cannot; both as JSON.
 * `GET /metrics`: for Prometheus. It takes nothing in and asks nobody who he is: on loopback unless configured.
 */
export async function startHealthServer({
  address,
  port,
  health,
  metrics,
}: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    };
    if (request.method !== 'GET') return answer(405, { code: 'METHOD_NOT_ALLOWED', message: 'only GET is served' });
    const [path] = (request.url ?? '/').split('?', 1);
    switch (path) {
      case '/healthz':
        return answer(200, { ok: true, agents: health().agents });
      case '/readyz': {
        const current = health();
        return answer(current.ready ? 200 : 503, current);
      }
      case '/metrics':
        return void metrics().then(
          ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType }).end(text),
          (error: unknown) => answer(500, { code: 'RUNTIME_FAULT', message: describeThrown(error) }),
        );
      default:
        return answer(404, { code: 'NOT_FOUND', message: 'try /healthz, /readyz or /metrics' });
    }
  });
  const url = await listen(server, address, port);
  return { url, close: () => closeServer(server) };
}
