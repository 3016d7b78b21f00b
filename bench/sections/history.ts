import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import type { Section } from '../report.ts';
import { withBed } from '../support/bed.ts';
import { readRun, type RunHistory } from '../support/history.ts';
import { keyOf } from '../support/settlements.ts';
import { median, round } from '../support/stats.ts';

const largestBytes = 10 * 1024;
const steps = 3;

/** What a run leaves in Temporal. Not part of it: the service's own tables and its search index. */
export const historySection: Section = {
  name: 'history',
  title: `history of a run of ${steps} steps`,
  run: ({ quick }) =>
    withBed(async (bed) => {
      await bed.start('runtime');
      const settlements = await bed.watchSettlements();
      const { workflow } = bed.servers.client;
      const runs: RunHistory[] = [];
      for (let index = 0; index < (quick ? 2 : 20); index += 1) {
        const name = `web-${index}`;
        await settlements.converge(name, { size: 1, steps });
        const id = toReconcileWorkflowId(keyOf(name));
        await workflow.getHandle(id).result();
        runs.push(await readRun(bed.servers.client, id));
      }
      const middle = (part: 'events' | 'storedBytes' | 'protobufBytes' | 'jsonBytes') =>
        round(median(runs.map((run) => run[part])));
      return {
        figures: [
          {
            what: 'bytes, as the server counts what it stores',
            measured: middle('storedBytes'),
            unit: 'B',
            goal: { bound: 'at most', value: largestBytes },
          },
          { what: 'bytes of the answer to a client, protobuf', measured: middle('protobufBytes'), unit: 'B' },
          { what: 'bytes of the same as JSON', measured: middle('jsonBytes'), unit: 'B' },
          { what: 'events', measured: middle('events'), unit: '' },
        ],
        details: { runs: runs.length, steps },
      };
    }),
};
