import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Agent } from '../../src/agents/agent.ts';
import { createAgentRegistry } from '../../src/agents/agent-registry.ts';
import { isKindName } from '../../src/domain/identity.ts';
import { isRiskLevel } from '../../src/domain/risk.ts';
import { createBuiltInAgents } from '../../src/runtime/built-in-agents.ts';
import { listParameters, toJsonSchema } from '../../src/tools/tool-schema.ts';
import { createWidgetAgent } from '../support/widget-agent.ts';

/** Every agent there is conforms to this one file: whoever adds one adds it here, or to `createBuiltInAgents`. */
const agents = [
  ...createBuiltInAgents(join(tmpdir(), 'homeostat-contract')),
  createWidgetAgent({ effectServer: 'http://127.0.0.1:1' }),
];
const tools = agents.flatMap((agent) => agent.tools().map((tool) => ({ agent: agent.name, name: tool.name, tool })));

test('all agents together make a registry', () => {
  expect(createAgentRegistry(agents).agents).toHaveLength(agents.length);
  expectTypeOf<(typeof agents)[number]>().toExtend<Agent>();
});

describe.each(agents.map((agent) => ({ name: agent.name, agent })))('agent $name', ({ agent }) => {
  test('has a stable name, a purpose, kinds and the five methods', () => {
    expect(agent.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(agent.purpose.trim()).not.toBe('');
    expect(agent.kinds.length).toBeGreaterThan(0);
    for (const method of ['reconcile', 'heal', 'plan', 'tools'] as const) expect(agent[method]).toBeTypeOf('function');
    expect(agent.tools()).toEqual(agent.tools());
  });

  test('has kinds with schemas that can be published', () => {
    for (const kind of agent.kinds) {
      expect(isKindName(kind.kind)).toBe(true);
      expect(toJsonSchema(kind.spec)).toMatchObject({ type: 'object', additionalProperties: false });
      expect(toJsonSchema(kind.status)).toMatchObject({ type: 'object' });
      for (const path of kind.immutable ?? []) {
        const { properties } = toJsonSchema(kind.spec) as { properties: object };
        expect(Object.keys(properties)).toContain(path.split('.')[0]);
      }
    }
  });

  test('has tools of different names', () => {
    const names = agent.tools().map((tool) => tool.name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('tells what it cannot plan for by a code, and never by a crash on nothing', async () => {
    const context = { signal: AbortSignal.timeout(1_000), log: { info() {}, warn() {} }, failures: [] };
    await expect(agent.reconcile(context)).rejects.toMatchObject({ code: 'MISSING_DESIRED' });
    await expect(agent.plan(context)).rejects.toMatchObject({ code: 'MISSING_DESIRED' });
    const state = { resource: { tenant: 'default', kind: 'Nobody', name: 'x' }, labels: {}, annotations: {}, spec: {} };
    await expect(agent.reconcile(context, state)).rejects.toMatchObject({ code: 'UNKNOWN_KIND' });
  });
});

describe.each(tools)('tool $agent/$name', ({ tool }) => {
  test('has name, description, typed parameters, risk and something to execute', () => {
    expect(tool.name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(tool.description.trim().length).toBeGreaterThan(3);
    expect(isRiskLevel(tool.riskLevel)).toBe(true);
    expect(tool.execute).toBeTypeOf('function');
    expect(tool.timeoutMs).toBeGreaterThan(0);
    expect(tool.maximumAttempts).toBeGreaterThan(0);
  });

  test('has parameters that become a JSON Schema which refuses any other', () => {
    expect(toJsonSchema(tool.parameters)).toMatchObject({ type: 'object', additionalProperties: false });
    const names = listParameters(tool).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const refused = tool.parameters.safeParse({ 'no-such-parameter': 1 });
    expect(refused.success).toBe(false);
  });

  test('that writes can be asked what became of it, or may be done again; one that reads is safe', () => {
    if (tool.effect === 'read') expect(tool.riskLevel).toBe('safe');
    else expect(tool.probe !== undefined || tool.conditional).toBe(true);
  });
});

describe('the Instance agent', () => {
  const instance = agents.find((agent) => agent.name === 'instance')!;

  test.each([
    ['provision_instance', 'moderate', 'write'],
    ['configure_instance', 'moderate', 'write'],
    ['clear_instance_space', 'moderate', 'write'],
    ['start_instance', 'moderate', 'write'],
    ['stop_instance', 'moderate', 'write'],
    ['restart_instance', 'moderate', 'write'],
    ['terminate_instance', 'dangerous', 'write'],
    ['wait_for_ready', 'safe', 'read'],
    ['get_instance', 'safe', 'read'],
    ['list_instances', 'safe', 'read'],
    ['get_logs', 'safe', 'read'],
    ['health_check', 'safe', 'read'],
  ] as const)('has %s: %s, %s', (name, riskLevel, effect) => {
    expect(instance.tools().find((tool) => tool.name === name)).toMatchObject({ riskLevel, effect });
  });

  test('has no tool besides these, and owns Instance', () => {
    expect(instance.tools()).toHaveLength(12);
    expect(instance.kinds.map((kind) => kind.kind)).toEqual(['Instance']);
  });
});
