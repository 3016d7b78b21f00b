import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { toResourcePath } from '../../src/domain/identity.ts';
import { createWatcher } from '../../src/starters/watcher.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Section } from '../report.ts';
import { withBed } from '../support/bed.ts';
import { round } from '../support/stats.ts';

const writer = fileURLToPath(new URL('../support/watch-writer.ts', import.meta.url));

/**
 * The watcher, with a process that writes desired values as fast as etcd takes them, each resource once a transaction: each
 * event is a hint. Nothing sends them on; how fast runs are started is the section `burst`.
 */
export const watchSection: Section = {
  name: 'watch',
  title: 'events through the watcher',
  run: ({ quick }) =>
    withBed(async (bed) => {
      const { keys, etcdEndpoints } = bed.servers;
      const count = quick ? 2_000 : 300_000;
      /** Revision of the newest hint of each resource. */
      const newest = new Map<string, number>();
      let events = 0;
      let inOrder = 0;
      let firstAt = 0;
      let lastAt = 0;
      const watcher = createWatcher({
        connection: { endpoints: etcdEndpoints },
        keys,
        log: { info: () => undefined, warn: (fields, message) => console.error(message, fields) },
        hints: {
          send(resource, { desiredRevision }) {
            lastAt = performance.now();
            firstAt ||= lastAt;
            events += 1;
            const path = toResourcePath(resource);
            if (desiredRevision <= (newest.get(path) ?? 0)) return;
            inOrder += 1;
            newest.set(path, desiredRevision);
          },
          pending: 0,
          trouble: undefined,
          close: async () => undefined,
        },
      });
      bed.atEnd(() => watcher.close());
      await watcher.start();
      const child = spawn(process.execPath, [writer, etcdEndpoints[0]!, keys.root, String(count)], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      bed.atEnd(() => child.kill('SIGKILL'));
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`the writer ended with ${code}`);
      // What is lost for good shows as a wait in vain; it is counted below.
      await waitFor('all events', () => events >= count, 20_000).catch(() => undefined);
      return {
        figures: [
          {
            what: 'events a second, first to last',
            measured: round(events / ((lastAt - firstAt) / 1_000)),
            unit: '/s',
            goal: { bound: 'at least', value: 11_000 },
          },
          { what: 'lost', measured: count - inOrder, unit: '', goal: { bound: 'at most', value: 0 } },
          {
            what: 'doubled, or out of order',
            measured: events - inOrder,
            unit: '',
            goal: { bound: 'at most', value: 0 },
          },
        ],
        details: { written: count, resyncs: watcher.state().resyncs, resources: newest.size },
      };
    }),
};
