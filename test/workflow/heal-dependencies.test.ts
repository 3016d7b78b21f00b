import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHealWorkflowId } from '../../src/domain/identity.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { reportIssue } from '../support/report-issue.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** A fault that may be another's: what a resource depends on comes first. */
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ config: { sweep: { every: '1h' } } });
});
afterAll(() => bed?.stop());

const external = (name: string) => `default.widget.${name}`;
const meddle = (name: string, size: number) => bed.effects.meddle(external(name), 'put', { size });
const ownEffects = (name: string) =>
  bed.effects.effects().filter(({ key, object }) => object === external(name) && !key.startsWith('meddler'));

/** Two widgets, one of which depends on the other, both broken, and the fault of the upper one reported. */
async function breakBoth(pair: string): Promise<{ readonly base: string; readonly upper: string }> {
  const [base, upper] = [`${pair}-base`, `${pair}-upper`];
  await bed.put(base, { size: 1 });
  await bed.settled(base);
  await bed.put(upper, { size: 1 }, { dependsOn: [`Widget/${base}`] });
  await bed.settled(upper);
  await meddle(base, 99);
  await meddle(upper, 99);
  await reportIssue(bed.servers.client, widgetKey(upper));
  await waitFor('the treatment to wait', async () => {
    const handle = bed.servers.client.workflow.getHandle(toHealWorkflowId(widgetKey(upper), 'service_down'));
    const { pendingActivities } = (await handle.describe()).raw;
    const { events } = await handle.fetchHistory();
    return (pendingActivities ?? []).length === 0 && events?.some((event) => event.timerStartedEventAttributes);
  });
  return { base, upper };
}
const closed = (name: string) => closedIncident(bed.servers.state.incidents, widgetKey(name));

test('a fault is repaired only once what the resource depends on is well', async () => {
  const { base, upper } = await breakBoth('late');
  expect(ownEffects(upper)).toHaveLength(1);
  await meddle(base, 1);
  expect(await closed(upper)).toMatchObject({ state: 'resolved', attempts: [{ steps: ['s1 put_widget: done'] }] });
  expect(ownEffects(upper)).toHaveLength(2);
  await bed.recordRun(toHealWorkflowId(widgetKey(upper), 'service_down'), 'heal-waited-for-dependency');
});

test('a fault that was only that of what the resource depends on ends with it, and nothing is touched', async () => {
  const { base, upper } = await breakBoth('shared');
  await meddle(upper, 1);
  await meddle(base, 1);
  expect(await closed(upper)).toMatchObject({ state: 'resolved', attempts: [] });
  expect(ownEffects(upper)).toHaveLength(1);
});
