import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A TCP proxy before a server, to lose what a network loses. */
export interface Proxy {
  readonly endpoint: string;
  /** All is well; the way it begins. */
  pass(): void;
  /** All passes, but each piece comes so much later, and no more of them than the line holds; each way. */
  slow(latencyMs: number, bytesPerSecond: number): void;
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
  let line = { latencyMs: 0, bytesPerSecond: Infinity };
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
    const [handOut, handBack] = [createLine(far, () => line), createLine(near, () => line)];
    near.on('data', (data) => {
      if (isDead()) return;
      if (cutting === 'armed' && data.length >= smallestRequest) cutting = 'asked';
      handOut(data);
    });
    far.on('data', (data) => {
      if (isDead()) return;
      if (cutting === 'asked' && data.length >= smallestAnswer) {
        cutting = 'no';
        cuts += 1;
        return cutAll();
      }
      bytesLeft -= data.length;
      if (bytesLeft > 0) return handBack(data);
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
      line = { latencyMs: 0, bytesPerSecond: Infinity };
    },
    slow(latencyMs, bytesPerSecond) {
      line = { latencyMs, bytesPerSecond };
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

/** One way of a connection: what is handed to it arrives later, in order. */
function createLine(
  to: Socket,
  settings: () => { readonly latencyMs: number; readonly bytesPerSecond: number },
): (data: Buffer) => void {
  /** When the line has taken all that was put on it. */
  let freeAt = 0;
  let underWay = 0;
  let last = Promise.resolve();
  const arrive = async (data: Buffer, before: Promise<void>, at: number): Promise<void> => {
    await before;
    await sleep(Math.max(0, at - performance.now()));
    underWay -= 1;
    if (!to.destroyed) to.write(data);
  };
  return (data) => {
    const { latencyMs, bytesPerSecond } = settings();
    const now = performance.now();
    freeAt = Math.max(freeAt, now) + (data.length / bytesPerSecond) * 1_000;
    if (latencyMs === 0 && bytesPerSecond === Infinity && underWay === 0) return void to.write(data);
    underWay += 1;
    last = arrive(data, last, freeAt + latencyMs);
  };
}
