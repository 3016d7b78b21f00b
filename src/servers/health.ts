import { request } from 'node:http';

const HEALTH_SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';
const SERVING = 1;

/** Whether this etcd says it is healthy: it has a leader and answers. A full one is: it is emptied while it runs. */
export function isEtcdHealthy(endpoint: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(`${endpoint}/health?exclude=NOSPACE`, { timeout: timeoutMs, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve(response.statusCode === 200 && /"health"\s*:\s*"?true/.test(body)));
      response.once('error', () => resolve(false));
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(false));
    call.end();
  });
}

/** Whether this Temporal server's front end serves. */
export async function isTemporalHealthy(address: string, timeoutMs: number): Promise<boolean> {
  // Loaded while the servers begin, and not before they are told to.
  const { Client, credentials } = await import('@grpc/grpc-js');
  return new Promise((resolve) => {
    const client = new Client(address, credentials.createInsecure());
    client.makeUnaryRequest<string, number>(
      '/grpc.health.v1.Health/Check',
      // The two messages have one field each, a string and an enumeration: not worth a schema.
      (service) => Buffer.concat([Buffer.from([0x0a, Buffer.byteLength(service)]), Buffer.from(service)]),
      (bytes) => (bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0),
      HEALTH_SERVICE,
      { deadline: Date.now() + timeoutMs },
      (error, status) => {
        client.close();
        resolve(error === null && status === SERVING);
      },
    );
  });
}
