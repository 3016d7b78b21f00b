import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { externalNameOf } from '../../src/domain/kind.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Section } from '../report.ts';
import { withBed } from '../support/bed.ts';
import { keyOf } from '../support/settlements.ts';
import { median, round } from '../support/stats.ts';

const steps = 2;

/**
 * Many resources written at once. What happened is counted by the agent itself, in a file, by the audit chain in etcd and
 * by Temporal: none of them is taken at its word.
 */
export const burstSection: Section = {
  name: 'burst',
  title: 'resources written at once',
  run: ({ quick }) =>
    withBed(async (bed) => {
      const { servers } = bed;
      const count = quick ? 20 : 1_000;
      const countFile = join(servers.folder, 'counted');
      await bed.start('runtime', { environment: { BENCH_COUNT_FILE: countFile } });
      const settlements = await bed.watchSettlements();
      const names = Array.from({ length: count }, (_, index) => `web-${index}`);
      const times = (await settlements.convergeAll(names, { size: 1, steps })).map(({ ms }) => ms);
      const isOver = async () => (await servers.client.workflow.count('ExecutionStatus = "Running"')).count === 0;
      await waitFor('all runs to end', isOver, 60_000);

      const lines = readFileSync(countFile, 'utf8').trim().split('\n');
      const repeated = names.filter((name) => {
        const external = externalNameOf(keyOf(name));
        const plans = lines.filter((line) => line === `plan ${external}`).length;
        const effects = lines.filter((line) => line.startsWith(`effect ${external} `)).length;
        return plans !== 1 || effects !== steps;
      });
      let passes = 0;
      for (const name of names) {
        const records = await servers.state.audit.list(keyOf(name));
        passes += records.filter(({ type }) => type === 'run-recorded').length;
      }
      const runs = (await servers.client.workflow.count('WorkflowType = "reconcile"')).count;
      const all = Math.max(...times);
      return {
        figures: [
          { what: 'converged', measured: times.length, unit: '', goal: { bound: 'at least', value: count } },
          {
            what: 'planned, or changed, other than once',
            measured: repeated.length,
            unit: '',
            goal: { bound: 'at most', value: 0 },
          },
          { what: 'passes on record', measured: passes, unit: '', goal: { bound: 'at most', value: count } },
          { what: 'until all have converged', measured: round(all / 1_000), unit: 's' },
          { what: 'until half have converged', measured: round(median(times) / 1_000), unit: 's' },
          { what: 'resources a second', measured: round(count / (all / 1_000)), unit: '/s' },
        ],
        details: { count, steps, runs },
      };
    }),
};
