import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import type { Section } from '../report.ts';
import { withBed } from '../support/bed.ts';
import { readRun } from '../support/history.ts';
import { keyOf } from '../support/settlements.ts';
import { median, round, summarise } from '../support/stats.ts';
import { createWallClock } from '../support/wall-clock.ts';

/** How soon a change is taken up, on a runtime that has nothing else to do; one change at a time. */
export const startSection: Section = {
  name: 'start',
  title: 'etcd write until the run has started',
  run: ({ quick }) =>
    withBed(async (bed) => {
      await bed.start('runtime');
      const settlements = await bed.watchSettlements();
      const { client } = bed.servers;
      const accepted: number[] = [];
      const begun: number[] = [];
      const warmUp = quick ? 1 : 50;
      for (let index = 0; index < (quick ? 3 : 200); index += 1) {
        const name = `web-${index}`;
        const writtenAt = createWallClock()();
        await settlements.converge(name, { size: 1, steps: 1 });
        const id = toReconcileWorkflowId(keyOf(name));
        await client.workflow.getHandle(id).result();
        if (index < warmUp) continue;
        const { startedAt, firstTaskAt } = await readRun(client, id);
        accepted.push(startedAt - writtenAt);
        begun.push(firstTaskAt - writtenAt);
      }
      return {
        figures: [
          {
            what: 'p50 until a worker has the first workflow task',
            measured: round(median(begun)),
            unit: 'ms',
            goal: { bound: 'at most', value: 15 },
          },
          { what: 'p90 of that', measured: summarise(begun).p90, unit: 'ms' },
          { what: 'p50 until the signal is accepted', measured: round(median(accepted)), unit: 'ms' },
        ],
        details: { untilAcceptedMs: summarise(accepted), untilFirstTaskMs: summarise(begun) },
      };
    }),
};
