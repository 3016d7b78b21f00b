import { describe, expect, test } from 'vitest';
import { observeResource } from '../../../src/activities/observe-resource.ts';
import { sealPlan } from '../../../src/activities/seal-plan.ts';
import { createInstanceAgent } from '../../../src/agents/instance/instance-agent.ts';
import { instanceSpecSchema, type InstanceSpec } from '../../../src/agents/instance/instance-kind.ts';
import type { ActualRecord } from '../../../src/domain/actual.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { unreachable } from '../../../src/domain/outcome.ts';
import { parseResource } from '../../../src/domain/resource.ts';
import type { InstanceFacts } from '../../../src/drivers/driver.ts';
import { checkPlan } from '../../../src/planners/check-plan.ts';
import { createFakeDriver } from './fake-driver.ts';

const key = { tenant: 'default', kind: 'Instance', name: 'web' };
const log = { info: () => undefined, warn: () => undefined };
const signal = new AbortController().signal;
const base = { image: 'app', command: ['run'] };

type Labels = Readonly<Record<string, string>>;
interface World {
  /** Undefined = not desired. */
  readonly spec?: Partial<InstanceSpec> | undefined;
  /** Undefined = absent. */
  readonly seen?: Partial<InstanceFacts> | undefined;
  readonly labels?: Labels;
  readonly appliedLabels?: Labels;
  /** What was applied last, where it is more than the base. */
  readonly applied?: Partial<InstanceSpec>;
}

/** How the agent finds a world. */
async function observe({ spec, seen, labels = {}, appliedLabels = {}, applied = {} }: World) {
  const agent = createInstanceAgent([createFakeDriver(seen)]);
  const parsed = (change: Partial<InstanceSpec>) => instanceSpecSchema.parse({ ...base, ...change }) as JsonObject;
  const desired =
    spec === undefined
      ? undefined
      : parseResource({
          apiVersion: 'homeostat/v1',
          kind: 'Instance',
          metadata: { name: 'web', labels },
          spec: parsed(spec),
        });
  const actual: ActualRecord = {
    apiVersion: 'homeostat/v1',
    kind: 'Instance',
    metadata: { name: 'web', tenant: 'default' },
    id: '1',
    lastApplied: { spec: parsed(applied), labels: appliedLabels, dependsOn: [] },
    status: { state: 'Running', settledRevision: 1, drifted: false, failures: 0, conditions: [] },
  };
  const observed = await observeResource(
    {
      key,
      readRevision: 2,
      freezes: [],
      desiredRevision: desired === undefined ? 0 : 2,
      resourceId: '1',
      agent,
      kind: agent.kinds[0]!,
      actual,
      ...(desired === undefined ? {} : { desired }),
    },
    { signal, log },
  );
  return { agent, observed };
}

/** What the agent plans in a world, sealed; undefined when there is nothing to do. */
async function planIn(world: World) {
  const { agent, observed } = await observe(world);
  if (observed.delta.type === 'none') return undefined;
  const context = { signal, log, failures: [] };
  const plan = await agent.reconcile(context, observed.desiredState, observed.actualState);
  expect(await agent.plan(context, observed.desiredState, observed.actualState)).toEqual(plan);
  checkPlan(plan, agent.tools());
  return sealPlan(plan, observed, {
    workflowId: 'reconcile.default.Instance.web',
    firstRunId: 'run-1',
    pass: 1,
    now: 0,
    expireAfterMs: 1_000,
    host: 'host-1',
    mode: 'act',
  });
}

const settings = { image: 'app', command: ['run'], env: {}, ports: [], files: {}, scratch: [], type: 'small' };
const stopped = { desiredState: 'stopped' } as const;
const exec = (...command: string[]) => ({ type: 'exec' as const, command });

describe('the Instance agent', () => {
  test.each([
    { world: { spec: {}, seen: {} }, tools: [], risk: undefined, reason: 'as desired' },
    { world: { spec: stopped, seen: { state: 'stopped' } }, tools: [], risk: undefined, reason: 'stopped, as desired' },
    { world: { seen: undefined }, tools: [], risk: undefined, reason: 'neither wanted nor there' },
    { world: { spec: {} }, tools: ['provision_instance', 'wait_for_ready'], risk: 'moderate', reason: 'create' },
    { world: { spec: stopped }, tools: ['provision_instance'], risk: 'moderate', reason: 'create, stopped' },
    {
      world: { spec: { image: 'app2' }, seen: {} },
      tools: ['provision_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: 'another image',
    },
    {
      world: { spec: { image: 'app2', ...stopped }, seen: {} },
      tools: ['provision_instance'],
      risk: 'moderate',
      reason: 'another image, to be stopped',
    },
    ...(
      [
        [{ command: ['run', 'fast'] }, 'command'],
        [{ env: { A: '1' } }, 'env'],
        [{ ports: [80] }, 'ports'],
        [{ files: { 'a/b.txt': 'x' } }, 'files'],
      ] as const
    ).map(([spec, field]) => ({
      world: { spec: spec as Partial<InstanceSpec>, seen: {} },
      tools: ['configure_instance', 'restart_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: `another ${field}`,
    })),
    {
      world: { spec: {}, seen: { settings: { ...settings, files: { 'gone.txt': 'x' } } } },
      tools: ['configure_instance', 'restart_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: 'a file too many',
    },
    {
      world: { spec: {}, seen: { notInForce: ['files'] } },
      tools: ['configure_instance', 'restart_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: 'its files are as wanted, and it was started with others',
    },
    {
      world: { spec: {}, seen: { notInForce: ['env', 'type'] } },
      tools: ['configure_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: 'what was put in place and taken back is not started later',
    },
    {
      world: { spec: stopped, seen: { notInForce: ['files'] } },
      tools: ['configure_instance', 'stop_instance'],
      risk: 'moderate',
      reason: 'not started with its files and to be stopped',
    },
    {
      world: { spec: { type: 'large' }, seen: {} },
      tools: ['configure_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: 'another size takes hold without a restart',
    },
    {
      world: { spec: { command: ['x'], ...stopped }, seen: { state: 'stopped' } },
      tools: ['configure_instance'],
      risk: 'moderate',
      reason: 'another command of a stopped one',
    },
    {
      world: { spec: { command: ['x'] }, seen: { state: 'exited', exitCode: 1 } },
      tools: ['configure_instance', 'start_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: 'another command of one that ended',
    },
    {
      world: { spec: {}, seen: { state: 'exited', exitCode: 1 } },
      tools: ['start_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: 'it ended',
    },
    {
      world: { spec: {}, seen: { state: 'stopped' } },
      tools: ['start_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: 'to be started',
    },
    { world: { spec: stopped, seen: {} }, tools: ['stop_instance'], risk: 'moderate', reason: 'to be stopped' },
    {
      world: { spec: stopped, seen: { state: 'exited' } },
      tools: ['stop_instance'],
      risk: 'moderate',
      reason: 'it ended and is to be stopped',
    },
    {
      world: { spec: { command: ['x'], ...stopped }, seen: {} },
      tools: ['configure_instance', 'stop_instance'],
      risk: 'moderate',
      reason: 'changed and to be stopped',
    },
    {
      world: { spec: { healthCheck: exec('/bin/false') }, seen: {} },
      tools: ['wait_for_ready'],
      risk: 'safe',
      reason: 'a check with a program, where there was none',
    },
    {
      world: { spec: { healthCheck: exec('/bin/false') }, applied: { healthCheck: exec('/bin/true') }, seen: {} },
      tools: ['wait_for_ready'],
      risk: 'safe',
      reason: "another check's program",
    },
    {
      world: { spec: { healthCheck: exec('/bin/true') }, applied: { healthCheck: exec('/bin/false') }, seen: {} },
      tools: ['wait_for_ready'],
      risk: 'safe',
      reason: 'another program, and only by the one in force it is not ready',
    },
    {
      world: {
        spec: { healthCheck: { ...exec('/bin/true'), intervalMs: 5_000 } },
        applied: { healthCheck: exec('/bin/true') },
        seen: {},
      },
      tools: [],
      risk: undefined,
      reason: 'the same program at another pace',
    },
    {
      world: { spec: {}, applied: { healthCheck: exec('/bin/false') }, seen: {} },
      tools: [],
      risk: undefined,
      reason: 'no check any more',
    },
    {
      world: { spec: { healthCheck: exec('/bin/false'), ...stopped }, seen: {} },
      tools: ['stop_instance'],
      risk: 'moderate',
      reason: 'to be stopped, with another check',
    },
    {
      world: { spec: { healthCheck: exec('/bin/false'), ...stopped }, seen: { state: 'stopped' } },
      tools: [],
      risk: undefined,
      reason: 'stopped, with another check',
    },
    {
      world: { spec: { healthCheck: exec('/bin/false'), env: { A: '1' } }, seen: {} },
      tools: ['configure_instance', 'restart_instance', 'wait_for_ready'],
      risk: 'moderate',
      reason: 'another check and other settings',
    },
    { world: { seen: {} }, tools: ['terminate_instance'], risk: 'dangerous', reason: 'delete' },
    {
      world: { seen: { state: 'exited' } },
      tools: ['terminate_instance'],
      risk: 'dangerous',
      reason: 'delete what ended',
    },
  ] as { world: World; tools: string[]; risk: string | undefined; reason: string }[])(
    '$reason → $tools, $risk',
    async ({ world, tools, risk }) => {
      const sealed = await planIn(world);
      expect((sealed?.plan.steps ?? []).map(({ toolName }) => toolName)).toEqual(tools);
      expect(sealed?.plan.riskLevel).toBe(risk);
      expect(sealed?.needsApproval).toBe(sealed === undefined ? undefined : risk === 'dangerous');
      expect(sealed?.plan.reasoning).not.toBe('');
    },
  );

  test('not ready although it runs → restart', async () => {
    const healthCheck = exec('/bin/false');
    const sealed = await planIn({ spec: { healthCheck }, applied: { healthCheck }, seen: {} });
    expect(sealed?.plan.steps.map(({ toolName }) => toolName)).toEqual(['restart_instance', 'wait_for_ready']);
    expect(sealed?.plan.steps[1]?.parameters).toMatchObject({ healthCheck });
  });

  test('not ready, and other settings put in place than are wanted → these are not started', async () => {
    const healthCheck = exec('/bin/false');
    const sealed = await planIn({ spec: { healthCheck }, applied: { healthCheck }, seen: { notInForce: ['env'] } });
    expect(sealed?.plan.steps.map(({ toolName }) => toolName)).toEqual([
      'configure_instance',
      'restart_instance',
      'wait_for_ready',
    ]);
    expect(sealed?.plan.reasoning).toBe('web differs in env, ready');
  });

  test('changed, ended, and to be stopped → all in one pass', async () => {
    const sealed = await planIn({ spec: { command: ['x'], ...stopped }, seen: { state: 'exited' } });
    expect(sealed?.plan.steps.map(({ toolName }) => toolName)).toEqual(['configure_instance', 'stop_instance']);
  });

  test('what cannot be seen is neither created nor removed: a driver that is away is unreachable', async () => {
    const agent = createInstanceAgent([createFakeDriver(unreachable('away'))]);
    const spec = instanceSpecSchema.parse(base);
    const observation = await agent.kinds[0]!.observe({ signal, log }, { key, externalName: 'x', spec });
    expect(observation).toEqual({ type: 'unreachable', cause: 'away' });
    const without = await createInstanceAgent([]).kinds[0]!.observe({ signal, log }, { key, externalName: 'x', spec });
    expect(without.type).toBe('unreachable');
  });
});

describe('a replacement is dangerous in production', () => {
  const production = { env: 'production' };
  test.each([
    { labels: production, appliedLabels: production, risk: 'dangerous', reason: 'it is in production' },
    {
      labels: {},
      appliedLabels: production,
      risk: 'dangerous',
      reason: 'taking the label off does not lower the risk',
    },
    { labels: production, appliedLabels: {}, risk: 'dangerous', reason: 'it comes into production' },
    { labels: { env: 'test' }, appliedLabels: { env: 'test' }, risk: 'moderate', reason: 'it is not' },
  ])('$reason → $risk', async ({ labels, appliedLabels, risk }) => {
    const sealed = await planIn({ spec: { image: 'app2' }, seen: {}, labels, appliedLabels });
    expect(sealed?.plan.riskLevel).toBe(risk);
    expect(sealed?.plan.steps.map((step) => step.gate !== undefined)).toEqual([risk === 'dangerous', false]);
    expect(sealed?.needsApproval).toBe(risk === 'dangerous');
  });

  test('who approves it approves the content that was found, and another content is another plan', async () => {
    const old = { ...settings, image: `app@sha256:${'a'.repeat(64)}` };
    const planFor = async (imageFound: string) =>
      (await planIn({ spec: {}, seen: { settings: old, imageFound }, labels: production, appliedLabels: production }))!;
    const [first, second] = [`app@sha256:${'b'.repeat(64)}`, `app@sha256:${'c'.repeat(64)}`];
    const [meant, other] = [await planFor(first), await planFor(second)];
    expect(meant.plan.steps[0]!.parameters).toMatchObject({ image: first, replace: true });
    expect(meant.plan.riskLevel).toBe('dangerous');
    expect(other.identity).not.toBe(meant.identity);
    expect(other.seal).not.toBe(meant.seal);
  });

  test('other changes there are as they are elsewhere', async () => {
    const world = { spec: { command: ['x'] }, seen: {}, labels: production, appliedLabels: production };
    expect((await planIn(world))?.plan.riskLevel).toBe('moderate');
  });
});

describe('a fault of an instance', () => {
  test.each([
    { type: 'high_memory', seen: {}, tools: ['restart_instance', 'wait_for_ready'] },
    { type: 'high_cpu', seen: {}, tools: ['restart_instance', 'wait_for_ready'] },
    {
      type: 'high_cpu',
      seen: { notInForce: ['env' as const] },
      tools: ['configure_instance', 'wait_for_ready'],
    },
    { type: 'high_cpu', seen: { state: 'exited' as const }, tools: ['start_instance', 'wait_for_ready'] },
    { type: 'disk_full', seen: {}, tools: ['clear_instance_space'] },
    {
      type: 'disk_full',
      seen: { state: 'exited' as const },
      tools: ['clear_instance_space', 'start_instance', 'wait_for_ready'],
    },
    { type: 'service_down', seen: {}, tools: [] },
    {
      type: 'service_down',
      seen: { state: 'exited' as const },
      tools: ['start_instance', 'wait_for_ready'],
    },
    { type: 'something_else', seen: {}, tools: [] },
  ])('$type, $seen.state → $tools', async ({ type, seen, tools }) => {
    const { agent, observed } = await observe({ spec: {}, seen });
    const context = { signal, log, failures: [] };
    const issue = {
      type,
      resource: 'Instance/web',
      severity: 'warning',
      summary: 's',
      evidence: [],
      since: '',
    } as const;
    const plan = await agent.heal(context, issue, observed.desiredState, observed.actualState);
    checkPlan(plan, agent.tools());
    expect(plan.steps.map(({ toolName }) => toolName)).toEqual(tools);
  });

  test('is no reason to start one that is to be stopped', async () => {
    const { agent, observed } = await observe({ spec: stopped, seen: { state: 'stopped' } });
    const issue = {
      type: 'high_cpu',
      resource: 'Instance/web',
      severity: 'info',
      summary: 's',
      evidence: [],
      since: '',
    } as const;
    const plan = await agent.heal({ signal, log, failures: [] }, issue, observed.desiredState, observed.actualState);
    expect(plan.steps).toEqual([]);
  });
});
