import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

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

/**
 * `GET /healthz`: the process lives. `GET /readyz`: it can take work, 503 with the reason when it cannot; both as JSON.
 * On loopback unless the port was configured, and it takes nothing in.
 */
export async function startHealthServer(port: number | undefined, health: () => Health): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    };
    if (request.method !== 'GET') return answer(405, { code: 'METHOD_NOT_ALLOWED', message: 'only GET is served' });
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const current = health();
    if (path === '/healthz') return answer(200, { ok: true, agents: current.agents });
    if (path === '/readyz') return answer(current.ready ? 200 : 503, current);
    return answer(404, { code: 'NOT_FOUND', message: 'try /healthz or /readyz' });
  });
  await listen(server, port ?? 0);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
