import { defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { FloorActivities } from './floor-activities.ts';

/** As `src/workflows/proxies.ts` calls an activity of a run: same queue, time-outs, heartbeat and retries. */
const { doNothing } = proxyActivities<FloorActivities>({
  taskQueue: 'homeostat-tools',
  startToCloseTimeout: '60s',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' },
});

/** What nobody on Temporal gets below: so many activities, one after the other, that do nothing. */
export async function floor(activities: number): Promise<void> {
  setHandler(defineSignal('changed'), () => undefined);
  for (let index = 0; index < activities; index += 1) await doNothing();
}
