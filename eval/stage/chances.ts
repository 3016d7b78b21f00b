import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { createRandom } from '../../test/support/seeds.ts';
import type { Seconds } from '../scenario.ts';

/** What varies from trial to trial, the same for the same seed. */
export interface Chances {
  /** Milliseconds within a range of seconds. */
  milliseconds(range: Seconds): number;
  word(): string;
  /** A port that was free a moment ago and that nobody else of this process was given; so it may differ from run to run. */
  port(): Promise<number>;
}

/** Below the ports that systems give to clients. */
const ports = { first: 12_000, last: 31_000 };
const given = new Set<number>();
const letters = 'abcdefghjkmnpqrstuvwxyz';

export function createChances(...seed: readonly (string | number)[]): Chances {
  const random = createRandom(createHash('sha256').update(seed.join(' ')).digest().readUInt32BE());
  const below = (bound: number) => Math.floor(random() * bound);
  return {
    milliseconds: ([from, to]) => Math.round((from + random() * (to - from)) * 1_000),
    word: () => Array.from({ length: 5 }, () => letters[below(letters.length)]).join(''),
    async port() {
      for (;;) {
        const port = ports.first + below(ports.last - ports.first);
        if (given.has(port) || !(await isFree(port))) continue;
        given.add(port);
        return port;
      }
    },
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
