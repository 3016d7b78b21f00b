import { z } from 'zod';
import type { ActivityScope } from '../../../src/activities/activity-scope.ts';
import { closeRequest, openRequest } from '../../../src/activities/approvals.ts';
import { executeStep } from '../../../src/activities/execute-step.ts';
import { observeAndPlan } from '../../../src/activities/observe-and-plan.ts';
import { verifyAndRecord } from '../../../src/activities/verify-and-record.ts';
import { createAgentRegistry } from '../../../src/agents/agent-registry.ts';
import { defineAgent, type AgentDefinition } from '../../../src/agents/define-agent.ts';
import { defineKind } from '../../../src/agents/define-kind.ts';
import type { ActualRecord } from '../../../src/domain/actual.ts';
import type { AnyKind } from '../../../src/domain/kind.ts';
import type { ResourceKey } from '../../../src/domain/identity.ts';
import type { Issue } from '../../../src/domain/issue.ts';
import type { IssueFinding } from '../../../src/domain/issue-check.ts';
import { createKeys } from '../../../src/domain/keys.ts';
import { absent, present, type Observation, type Probed, unknown } from '../../../src/domain/outcome.ts';
import type { ExecuteStepInput, PlanningInput } from '../../../src/domain/run.ts';
import type { SealedPlan } from '../../../src/domain/sealed-plan.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createStateOver } from '../../../src/state/state.ts';
import type { Store } from '../../../src/state/store.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';
import { createActivityDependencies, toActivityScope } from '../../support/activity-context.ts';

const spec = z.strictObject({ size: z.int().min(0), color: z.string().default('red') });
const status = z.strictObject({ size: z.int() });
export const now = Date.parse('2026-11-21T12:00:00.000Z');
export const box: ResourceKey = { tenant: 'default', kind: 'Box', name: 'a' };
/** A fault of it that somebody reported. */
export const diskFull: Issue = {
  type: 'disk_full',
  resource: 'Box/a',
  severity: 'warning',
  summary: 's',
  evidence: [],
  since: '2026-11-21T00:00:00.000Z',
};

/** The world as a test scripts it: what is seen, what an effect does, what a probe answers. */
export interface FakeWorld {
  seen: Observation<{ size: number }>;
  /** Called before it is looked, with the spec in force. */
  onLook: (inForce: unknown) => Promise<void>;
  onEffect: (name: string, key: string, attempt: number) => unknown;
  onProbe: (key: string, attempt: number) => Probed<Record<string, unknown>> | Promise<Probed<Record<string, unknown>>>;
  /** What the kind's own check for the fault `torn` finds. */
  onCheck: () => IssueFinding;
  readonly effects: string[];
  placement: 'anywhere' | 'host';
}

/** All activities over a memory store and an agent that keeps boxes in a scripted world. */
export function createBench({ store = createMemoryStore(), override = {} }: BenchOptions = {}) {
  const world: FakeWorld = {
    seen: absent(),
    onLook: async () => undefined,
    onEffect: () => ({}),
    onProbe: () => unknown(),
    onCheck: () => ({ isGood: true, detail: 'whole' }),
    effects: [],
    placement: 'anywhere',
  };
  const keys = createKeys('/test');
  const state = createStateOver(store, keys);
  const write = (name: string, riskLevel: 'safe' | 'moderate' | 'dangerous') => ({
    name,
    description: `Does ${name}`,
    riskLevel,
    effect: 'write' as const,
    result: z.strictObject({ id: z.string().optional() }),
    maximumAttempts: 3,
    execute: async ({ idempotencyKey, attempt }: { idempotencyKey: string; attempt: number }) => {
      world.effects.push(name);
      return world.onEffect(name, idempotencyKey, attempt) as { id?: string };
    },
    ...(override.withProbe === false
      ? {}
      : {
          probe: async ({ idempotencyKey, attempt }: { idempotencyKey: string; attempt: number }) =>
            world.onProbe(idempotencyKey, attempt) as Probed<{ id?: string }>,
        }),
  });
  const makeBox = defineTool({
    ...write('make_box', 'moderate'),
    parameters: z.strictObject({ size: z.int(), replace: z.boolean().default(false) }),
    raiseRisk: ({ replace, size }, { labels }) =>
      replace || size > 100 || labels.some(({ env }) => env === 'production') ? 'dangerous' : 'moderate',
    ...override.makeBox,
    conditional: override.conditional ?? false,
  });
  const dropBox = defineTool({ ...write('drop_box', 'dangerous'), parameters: z.strictObject({}), conditional: false });
  const look = defineTool({
    name: 'look',
    description: 'Looks',
    riskLevel: 'safe',
    parameters: z.strictObject({}),
    result: z.strictObject({ text: z.string(), size: z.int() }),
    execute: async () => {
      world.effects.push('look');
      return world.onEffect('look', '', 0) as { text: string; size: number };
    },
  });
  const Box = defineKind({
    kind: 'Box',
    spec,
    status,
    observe: async (_, { inForce }) => {
      await world.onLook(inForce);
      return world.seen;
    },
    wanted: ({ size }) => ({ size }),
    immutable: ['color'],
    ...(override.withHosts === false ? {} : { placement: () => world.placement }),
    issues: { torn: { check: async () => world.onCheck() }, ...override.issues },
  });
  const agent = defineAgent({
    name: 'boxes',
    purpose: 'Keeps boxes',
    kinds: [Box],
    tools: [makeBox, dropBox, look],
    rules: {
      Box: {
        create: ({ desired }) => [makeBox.step({ size: desired.spec.size, replace: false })],
        update: ({ desired }) => [makeBox.step({ size: desired.spec.size, replace: false })],
        delete: () => [dropBox.step({})],
        ...override.rules,
      },
    },
    ...(override.agent === undefined ? {} : { overrides: override.agent }),
  });
  const dependencies = createActivityDependencies({
    registry: createAgentRegistry([agent]),
    state,
    readSecret: async () => 'secret',
  });
  const scope = toActivityScope(box);
  const reference = { resource: box, firstRunId: 'run-1', pass: 1, now };

  const bench = {
    world,
    state,
    store,
    keys,
    dependencies,
    scope,
    reference,
    tools: { makeBox, dropBox, look },
    /** Writes desired as anybody with etcdctl could. */
    async put(value: unknown, key = box) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const { revision } = await store.commit([], [{ type: 'put', key: keys.desired(key), value: text }]);
      return revision;
    },
    putBox: (boxSpec: object, metadata: object = {}, key = box) =>
      bench.put(
        { apiVersion: 'homeostat/v1', kind: 'Box', metadata: { name: key.name, ...metadata }, spec: boxSpec },
        key,
      ),
    removeBox: () => state.resources.deleteDesired(box),
    putActual: (record: ActualRecord, key = box) => state.changeActual(key, () => record),
    actual: async () => (await state.resources.read(box)).actual?.record,
    plan: (input: Partial<PlanningInput> = {}, at: Partial<ActivityScope> = {}) =>
      observeAndPlan(
        dependencies,
        { ...scope, ...at },
        { ...reference, failures: [], triedShapes: [], retryAsked: false, ...input },
      ),
    /** Plans, and insists on a plan. */
    async sealed(input: Partial<PlanningInput> = {}): Promise<SealedPlan> {
      const planned = await bench.plan(input);
      if (planned.type !== 'plan') throw new Error(`no plan but ${JSON.stringify(planned)}`);
      return planned.sealed;
    },
    execute: (sealed: SealedPlan, change: Partial<ExecuteStepInput> = {}, at: Partial<ActivityScope> = {}) =>
      executeStep(
        dependencies,
        { ...scope, ...at },
        {
          ...reference,
          seal: sealed.seal,
          content: sealed.content,
          needsApproval: sealed.needsApproval,
          step: sealed.plan.steps[0]!,
          results: {},
          ...change,
        },
      ),
    async decide(sealed: SealedPlan, verdict: 'approved' | 'rejected') {
      await openRequest(dependencies, scope, { ...reference, sealed });
      const decision = {
        verdict,
        seal: sealed.seal,
        approver: 'unverified:ann',
        decidedAt: new Date(now).toISOString(),
      };
      await closeRequest(dependencies, scope, {
        ...reference,
        seal: sealed.seal,
        outcome: { type: 'decided', decision },
      });
    },
    record: (desiredRevision: number, at: Partial<ActivityScope> = {}) =>
      verifyAndRecord(dependencies, { ...scope, ...at }, { ...reference, desiredRevision, steps: [] }),
    /** Brings a box of a size to converged. */
    async converged(size = 1, metadata: object = {}) {
      const revision = await bench.putBox({ size }, metadata);
      world.seen = present({ size });
      await bench.record(revision);
      return revision;
    },
    ledgerStates: async () => (await state.ledger.list(box)).map(({ entry }) => entry.state),
  };
  return bench;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a test replaces any part of a definition
type Any = any;
interface BenchOptions {
  readonly store?: Store;
  readonly override?: BenchOverrides;
}
export interface BenchOverrides {
  readonly makeBox?: Any;
  readonly rules?: Any;
  readonly conditional?: boolean;
  readonly withProbe?: boolean;
  /** Whether boxes can be bound to a host. */
  readonly withHosts?: boolean;
  readonly agent?: AgentDefinition<Any>['overrides'];
  readonly issues?: AnyKind['issues'];
}

/** A store that remembers what was written through it. */
export function createSpyStore(): Store & { readonly written: string[] } {
  const store = createMemoryStore();
  const written: string[] = [];
  return {
    ...store,
    written,
    async commit(compares, writes) {
      written.push(...writes.map(({ key }) => key));
      return store.commit(compares, writes);
    },
    async keepAlive(key, value, ttl) {
      written.push(key);
      return store.keepAlive(key, value, ttl);
    },
  };
}

export function sampleActual(
  change: Partial<ActualRecord['status']> = {},
  record: Partial<ActualRecord> = {},
): ActualRecord {
  return {
    apiVersion: 'homeostat/v1',
    kind: 'Box',
    metadata: { name: 'a', tenant: 'default' },
    id: '2',
    status: { state: 'Running', settledRevision: 2, drifted: false, failures: 0, conditions: [], ...change },
    ...record,
  };
}
