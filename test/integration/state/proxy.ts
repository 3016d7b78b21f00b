import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy before a server, to lose what a network loses. */
export interface Proxy {
  readonly endpoint: string;
  /** All is well; the way it begins. */
  pass(): void;
  /** Cuts all connections and takes no new ones. */
  refuse(): void;
  /** The same, and the other sides are told so by a reset, not by a regular end. */
  reset(): void;
  /** Takes everything and hands on nothing, both ways; connections stay open, and dead, also when others pass again. */
  swallow(): void;
  /** Passes this many bytes of answers, then cuts all connections and takes no new ones; resolves then. */
  passBytes(count: number): Promise<void>;
  /** The next request passes, and its answer cuts every connection instead of passing. */
  cutAtNextAnswer(): void;
  /** How often an answer was cut. */
  readonly cuts: number;
  close(): Promise<void>;
}

/** Frames of HTTP/2 upkeep (ping, settings, window update) are shorter. */
const smallestRequest = 64;
const smallestAnswer = 32;

export async function startProxy(port: number): Promise<Proxy> {
  let mode: 'pass' | 'refuse' | 'swallow' = 'pass';
  let bytesLeft = Infinity;
  let onSpent = () => {};
  let cutting: 'no' | 'armed' | 'asked' = 'no';
  let cuts = 0;
  const sockets = new Set<Socket>();
  const dead = new WeakSet<Socket>();
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };

  const server = createServer((near) => {
    if (mode === 'refuse') return near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    const isDead = () => mode === 'swallow' || dead.has(near);
    near.on('data', (data) => {
      if (isDead()) return;
      if (cutting === 'armed' && data.length >= smallestRequest) cutting = 'asked';
      far.write(data);
    });
    far.on('data', (data) => {
      if (isDead()) return;
      if (cutting === 'asked' && data.length >= smallestAnswer) {
        cutting = 'no';
        cuts += 1;
        return cutAll();
      }
      bytesLeft -= data.length;
      if (bytesLeft > 0) return near.write(data);
      mode = 'refuse';
      cutAll();
      onSpent();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pass() {
      // What was swallowed cannot be made up for, and nobody tells the other side.
      if (mode === 'swallow') for (const socket of sockets) dead.add(socket);
      mode = 'pass';
      bytesLeft = Infinity;
    },
    refuse() {
      mode = 'refuse';
      cutAll();
    },
    reset() {
      mode = 'refuse';
      for (const socket of sockets) socket.resetAndDestroy();
      sockets.clear();
    },
    swallow() {
      mode = 'swallow';
    },
    passBytes(count) {
      mode = 'pass';
      bytesLeft = count;
      return new Promise((resolve) => {
        onSpent = resolve;
      });
    },
    cutAtNextAnswer() {
      cutting = 'armed';
    },
    get cuts() {
      return cuts;
    },
    async close() {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
