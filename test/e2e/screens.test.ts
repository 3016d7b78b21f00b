import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandTable } from '../../src/cli/command-table.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { environmentOf } from '../support/run-program.ts';
import { expectScreen, toScreen } from '../support/screens.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { knownSize } from '../support/widget-agent.ts';

/** The command line's screens, whole, over an agent it has never heard of. */
let bed: TestBed;
let folder: string;
beforeAll(async () => {
  bed = await startTestBed();
  folder = bed.servers.folder;
  const files = join(folder, 'widgets');
  mkdirSync(files);
  writeFileSync(
    join(files, 'a.yaml'),
    `${toYaml('first', 'size: 1')}---\n${toYaml('second', 'size: 2', 'dependsOn: [Widget/first]')}`,
  );
  writeFileSync(
    join(files, 'b.json'),
    JSON.stringify({ apiVersion: 'homeostat/v1', kind: 'Widget', metadata: { name: 'third' }, spec: { size: 3 } }),
  );
  writeFileSync(join(folder, 'no-rule.yaml'), toYaml('first', `size: ${knownSize + 1}`));
  writeFileSync(join(folder, 'bigger.yaml'), toYaml('first', 'size: 10\n  steps: 2'));
  writeFileSync(
    join(folder, 'wrong.yaml'),
    `${toYaml('bad', 'sise: 1')}---\n${toYaml('Bad_Name', 'size: many')}---\n${toYaml('good', 'size: 1')}`,
  );
});
afterAll(() => bed?.stop());

function toYaml(name: string, spec: string, metadata = 'labels: {}'): string {
  return `apiVersion: homeostat/v1\nkind: Widget\nmetadata:\n  name: ${name}\n  ${metadata}\nspec:\n  ${spec}\n`;
}

/** Runs commands one after the other, and compares what all of them show. A `@` stands for the folder. */
async function show(name: string, ...lines: readonly string[]): Promise<void> {
  const screens: string[] = [];
  for (const line of lines) {
    const args = line.split(' ');
    const real = args.map((arg) => arg.replace('@', `${folder}/`));
    screens.push(toScreen(args, await runInProcess(environmentOf(bed.servers, join(folder, 'cli')), real), folder));
  }
  await expectScreen(name, screens);
}

test('help', async () => {
  for (const { name, hidden } of commandTable) {
    if (hidden === true) continue;
    const command = (await createProgram(name)).commands.find((candidate) => candidate.name() === name)!;
    let printed = '';
    command.configureOutput({ writeOut: (text) => void (printed += text), getOutHelpWidth: () => 100 });
    command.outputHelp();
    await expect(printed).toMatchFileSnapshot(`./screens/help/${name}.txt`);
  }
});

test('an empty store, and files that are applied', async () => {
  await show('apply', 'get', 'apply -f @widgets --dry-run', 'apply -f @widgets', 'apply -f @widgets -o json');
  for (const name of ['first', 'second', 'third']) await bed.condition(name, 'Ready', 'Converged');
  await show(
    'get',
    'get',
    'get -A',
    'get Widget/second -o json',
    'get Widget/third -o yaml',
    'get widgets -w --timeout 200ms',
  );
});

test('plans', async () => {
  await show(
    'plan',
    'plan Widget/first',
    'plan -f @bigger.yaml',
    'plan Widget/third --delete',
    'plan -f @bigger.yaml -o json',
    'plan -f @no-rule.yaml',
    'plan -f @no-rule.yaml -o json',
  );
  // Tenants take turns in previews, too.
  const { workflow } = bed.servers.client;
  const keys = new Set<string | undefined>();
  for await (const { workflowId } of workflow.list({ query: "WorkflowType = 'plan'" })) {
    keys.add((await workflow.getHandle(workflowId).describe()).priority?.fairnessKey);
  }
  expect([...keys]).toEqual(['default']);
});

test('what is inside', async () => {
  await show('agents-and-tools', 'agents', 'tools', 'tools widgets -o yaml', 'tools gadgets');
  await show('look-around', 'doctor', 'logs Widget/first');
});

test('the configuration', async () => {
  const environment = {
    HOMEOSTAT_TEMPORAL_ADDRESS: 'temporal.internal:7233',
    HOMEOSTAT_TEMPORAL_API_KEY: 'secret',
    HOMEOSTAT_ETCD_ENDPOINTS: 'etcd-1:2379,etcd-2:2379',
    HOMEOSTAT_DATA_DIR: '/var/lib/homeostat',
  };
  const lines = ['config', 'config --config none.yaml'];
  const screens: string[] = [];
  for (const line of lines) {
    screens.push(toScreen(line.split(' '), await runInProcess(environment, line.split(' ')), folder));
  }
  await expectScreen('config', screens);
});

test('a delete that waits for a person', async () => {
  await show('approvals', 'approvals', 'delete Widget/third');
  await bed.condition('third', 'AwaitingApproval');
  await show('waiting', 'get', 'approvals', 'approvals -o json', 'describe Widget/third', 'approve Widget/third');
  await show(
    'decided',
    'approve Widget/third --yes --as ann',
    'wait Widget/third --for deleted -o json',
    'approvals --all',
    'describe Widget/third',
    'audit Widget/third --verify',
  );
});

test('incidents, and a fault that a person reports', async () => {
  const { state, keys } = bed.servers;
  const resource = widgetKey('first');
  const report = await state.blobs.put('default', '# service_down on Widget/first\n\nIt ended again.\n');
  const incident: Incident = {
    format: 1,
    resource,
    type: 'service_down',
    severity: 'critical',
    summary: 'it does not answer',
    state: 'escalated',
    workflowId: 'heal.default.Widget.first.service_down',
    runId: '6f1c1a52-7d1c-4a55-9a3e-0d1b5a1c2d3e',
    since: '2026-11-21T09:58:00.000Z',
    openedAt: '2026-11-21T10:00:00.000Z',
    closedAt: '2026-11-21T10:03:00.000Z',
    attempts: [{ cause: 'it is gone', cites: ['e1'], steps: ['set_widget: done'], outcome: 'it ended again' }],
    reason: 'a repair did not help',
    report,
    earlier: [],
    desiredRevision: 1,
  };
  const { report: _, closedAt: __, reason: ___, ...open } = incident;
  const incidents: readonly Incident[] = [
    incident,
    { ...open, type: 'disk_full', state: 'open', attempts: [], openedAt: '2026-11-21T09:00:00.000Z' },
    { ...open, type: 'high_cpu', state: 'resolved', proof: 'it answers', openedAt: '2026-11-21T11:00:00.000Z' },
  ];
  await show('no-incidents', 'incidents', 'incidents Widget/first --report', 'incidents --report');
  for (const one of incidents) {
    const key = keys.incident(resource, one.type);
    await state.store.commit([], [{ type: 'put', key, value: JSON.stringify(one) }]);
  }
  await show(
    'incidents',
    'incidents',
    'incidents -A --all',
    'incidents Widget/first -o json',
    'incidents Widget/second',
    'incidents Widget/first --report',
    'describe Widget/first',
  );
  await show(
    'heal',
    'heal Widget/second',
    'heal Widget/second --type Down',
    'heal Widget/none --type service_down',
    'heal Widget/second --type service_down --severity high',
    'heal Widget/second --type service_down --resolved --wait',
    'heal Widget/second --type service_down --summary silence',
    'heal Widget/second --type service_down --resolved -o json',
  );
});

test('pauses, of what is there, of what may come and of what there is not', async () => {
  const { state, keys } = bed.servers;
  await show(
    'pause',
    'pause --list',
    'pause Widget/first --reason moving --as ann',
    'pause Widget/first --as bob',
    'pause --scope kind/widgets --as ann -o json',
    'pause Widget/thrid --as ann',
    'pause --scope tenant/acme --as ann',
    'pause --scope kind/Widgt',
    'pause --scope agent/widget',
    'pause --scope agent/gardener -o json',
    'pause --list',
    'pause --list -o json',
    'pause',
    'pause Widget/first --scope all',
  );
  // As somebody with etcdctl may have meant it.
  await state.store.commit([], [{ type: 'put', key: keys.freeze('Widget/second'), value: '{"by":"bob"}' }]);
  await show(
    'resume',
    'pause --list',
    'resume Widget/first --as ann',
    'resume Widget/first --as ann',
    'resume --scope kind/Widget --as ann -o json',
    'resume Widget/thrid --as ann',
    'resume --scope tenant/acme --as ann',
    'resume --scope Widget/second --as ann',
    'resume --scope Widget/second --as ann',
    'resume --scope kind/Widgt',
    'resume Widgt/first',
    'pause --list',
  );
});

test('errors', async () => {
  await show(
    'errors',
    'apply -f @wrong.yaml',
    'apply -f @wrong.yaml -o json',
    'apply -f @none.yaml',
    'get Gadget',
    'get Widget/none',
    'delete Widget/first',
    'wait Widget/first --for health',
    'wait Widget/first --for deleted --timeout 1s -o json',
    'gett',
    'get --wach',
    'approvals -o text',
    'reject Widget/first --yes --reason no',
  );
});

test('waiting for what is so, and for what is not', async () => {
  await bed.closed('first');
  // Runs that ended just now are told of.
  await sleep(2_100);
  await show(
    'wait',
    'wait Widget/first',
    'wait Widget/first --for state=Running',
    'wait Widget/first --for condition=Flapping --timeout 1s',
    'wait Widget/first Widget/none',
    'wait Widget/first --timeout soon',
  );
});

test('a set of which something has left', async () => {
  const write = (file: string, ...names: readonly string[]) => {
    const annotated = 'annotations: { homeostat.io/mode: observe }';
    writeFileSync(join(folder, file), names.map((name) => toYaml(name, 'size: 1', annotated)).join('---\n'));
  };
  write('whole.yaml', 'one', 'three', 'two');
  write('less.yaml', 'one');
  await show(
    'set',
    'apply -f @whole.yaml --set shop --prune --dry-run',
    'apply -f @whole.yaml --set shop',
    'apply -f @less.yaml --set other',
    'apply -f @less.yaml --set shop --prune --dry-run',
    'apply -f @less.yaml --set shop --prune --dry-run -o json',
    'apply -f @less.yaml --prune',
    'apply -f @less.yaml --set shop --prune',
    'apply -f @less.yaml --set shop --prune --yes',
    'apply -f @less.yaml --set shop --prune --yes -o json',
    'apply -f @less.yaml --set Shop!',
  );
});
