import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface FakeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Value at a time in seconds since 1970; undefined: it is stale then. */
  readonly valueAt: (seconds: number) => number | undefined;
}

const selector = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}$/;
const matcher = /^(\w+)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"$/;

/**
 * Prometheus' HTTP API as far as ranges of plain selectors go, written from its documentation and compared with a real
 * Prometheus 2.42. Anything else is refused as a parse error is.
 */
export class FakePrometheus {
  series: readonly FakeSeries[] = [];
  /** When set, only requests with it are answered. */
  token: string | undefined;
  /** Milliseconds before it answers. */
  delayMs = 0;
  /** Answers with this instead. */
  answer: { readonly status: number; readonly headers?: Record<string, string>; readonly body: string } | undefined;
  readonly queries: string[] = [];
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const form = new URLSearchParams(await text(request));
    await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const refuse = (status: number, errorType: string, error: string) =>
      send(status, { status: 'error', errorType, error });
    if (this.answer !== undefined) {
      response.writeHead(this.answer.status, this.answer.headers ?? {}).end(this.answer.body);
      return;
    }
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      response.writeHead(401).end('Unauthorized\n');
      return;
    }
    if (url.pathname !== '/api/v1/query_range' || request.method !== 'POST') {
      response.writeHead(404).end('404 page not found\n');
      return;
    }
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name) ?? NaN));
    for (const [name, value] of Object.entries({ start, end, step })) {
      if (Number.isNaN(value))
        return void refuse(400, 'bad_data', `invalid parameter "${name}": cannot parse "" to a valid timestamp`);
    }
    const query = form.get('query') ?? '';
    this.queries.push(query);
    const [, name, list = ''] = selector.exec(query) ?? [];
    const matchers = list.split(',').map((one) => matcher.exec(one.trim()));
    if (name === undefined || matchers.includes(null)) {
      return void refuse(400, 'bad_data', 'invalid parameter "query": 1:1: parse error: unexpected end of input');
    }
    const found = this.series.filter(({ labels }) =>
      [['', '__name__', '=', name], ...(matchers as RegExpExecArray[])].every(([, label, how, value]) => {
        const have = labels[label!] ?? '';
        const isSame = how!.endsWith('~') ? new RegExp(`^(?:${value!})$`).test(have) : have === value;
        return how!.startsWith('!') ? !isSame : isSame;
      }),
    );
    const result = found.flatMap(({ labels, valueAt }) => {
      const values: [number, string][] = [];
      for (let at = start!; at <= end!; at += step!) {
        const value = valueAt(at);
        if (value !== undefined)
          values.push([at, Number.isNaN(value) ? 'NaN' : value === Infinity ? '+Inf' : String(value)]);
      }
      return values.length === 0 ? [] : [{ metric: labels, values }];
    });
    send(200, { status: 'success', data: { resultType: 'matrix', result } });
  }
}
