import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createPrefixWatch } from '../../src/state/create-prefix-watch.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Section } from '../report.ts';
import { withBed } from '../support/bed.ts';
import { round } from '../support/stats.ts';

const writer = fileURLToPath(new URL('../support/watch-writer.ts', import.meta.url));

/** The watch under the watcher, with a process that writes desired values as fast as etcd takes them. No runtime. */
export const watchSection: Section = {
  name: 'watch',
  title: 'events through the watch',
  run: ({ quick }) =>
    withBed(async (bed) => {
      const { keys, etcdEndpoints } = bed.servers;
      const count = quick ? 2_000 : 300_000;
      const seen = new Uint8Array(count);
      let events = 0;
      let disordered = 0;
      let lastRevision = 0;
      let firstAt = 0;
      let lastAt = 0;
      const watch = createPrefixWatch({
        connection: { endpoints: etcdEndpoints },
        prefix: keys.desiredPrefix,
        onList: () => undefined,
        onEvent({ value, modRevision }) {
          lastAt = performance.now();
          firstAt ||= lastAt;
          events += 1;
          if (modRevision < lastRevision) disordered += 1;
          lastRevision = modRevision;
          const { spec } = JSON.parse(value!) as { spec: { size: number } };
          seen[spec.size]! += 1;
        },
      });
      bed.atEnd(() => watch.close());
      await watch.start();
      const child = spawn(process.execPath, [writer, etcdEndpoints[0]!, keys.root, String(count)], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      bed.atEnd(() => child.kill('SIGKILL'));
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`the writer ended with ${code}`);
      // What is lost for good shows as a wait in vain; it is counted below.
      await waitFor('all events', () => events >= count, 20_000).catch(() => undefined);
      const countOf = (isSo: (times: number) => boolean) => seen.filter(isSo).length;
      return {
        figures: [
          {
            what: 'events a second, first to last',
            measured: round(events / ((lastAt - firstAt) / 1_000)),
            unit: '/s',
            goal: { bound: 'at least', value: 11_000 },
          },
          { what: 'lost', measured: countOf((times) => times === 0), unit: '', goal: { bound: 'at most', value: 0 } },
          {
            what: 'doubled, or out of order',
            measured: countOf((times) => times > 1) + disordered,
            unit: '',
            goal: { bound: 'at most', value: 0 },
          },
        ],
        details: { written: count, resyncs: watch.state().resyncs },
      };
    }),
};
