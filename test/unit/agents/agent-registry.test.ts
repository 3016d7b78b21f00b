import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createAgentRegistry } from '../../../src/agents/agent-registry.ts';
import { defineAgent } from '../../../src/agents/define-agent.ts';
import { defineKind } from '../../../src/agents/define-kind.ts';
import { HomeostatError, toCodedErrors } from '../../../src/domain/failure.ts';
import { absent } from '../../../src/domain/outcome.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';

const schema = z.strictObject({ size: z.int().default(1) });
const kindOf = (kind: string) =>
  defineKind({ kind, spec: schema, status: schema, observe: async () => absent(), wanted: ({ size }) => ({ size }) });
const toolOf = (name: string) =>
  defineTool({
    name,
    description: 'Does it',
    riskLevel: 'safe',
    parameters: z.strictObject({}),
    result: z.strictObject({}),
    execute: async () => ({}),
  });
const agentOf = (name: string, kinds: readonly string[], tools: readonly string[] = []) =>
  defineAgent({ name, purpose: 'for tests', kinds: kinds.map(kindOf), tools: tools.map(toolOf), rules: {} });

function codesOf(run: () => unknown): string[] {
  try {
    run();
    return [];
  } catch (error) {
    const errors = toCodedErrors(error);
    if (errors.length === 0) throw error;
    for (const { code, remedy } of errors) if (code !== 'INVALID_TOOL') expect(remedy).toBeDefined();
    return errors.map(({ code, path }) => `${code} ${path}`);
  }
}

const inThisFile = (code: string, field: string) =>
  expect.stringMatching(
    new RegExp(`^${code} test/unit/agents/agent-registry\\.test\\.ts:\\d+ ${field.replace('.', '\\.')}$`),
  ) as string;

describe('a registry', () => {
  test('finds the owner of a kind and its tools', () => {
    const registry = createAgentRegistry([agentOf('a', ['Disk'], ['make']), agentOf('b', ['Net'], ['make'])]);
    expect(registry.ownerOf('Net').agent.name).toBe('b');
    expect(registry.toolOf('Disk', 'make').name).toBe('make');
  });

  test('refuses everything that stands twice, in one list', () => {
    const agents = [agentOf('a', ['Disk'], ['make', 'make']), agentOf('a', ['Disk'])];
    expect(codesOf(() => createAgentRegistry(agents))).toEqual([
      'INVALID_AGENT agents',
      'INVALID_KIND kinds',
      'INVALID_TOOL agent a.tools',
    ]);
  });

  test('an unknown kind → what was meant, or what there is', () => {
    const registry = createAgentRegistry([agentOf('a', ['Database', 'Net'])]);
    const remedyOf = (kind: string) => {
      try {
        registry.ownerOf(kind);
      } catch (error) {
        return error instanceof HomeostatError ? `${error.code} ${error.remedy}` : String(error);
      }
      return 'found';
    };
    expect(remedyOf('Databse')).toBe('UNKNOWN_KIND did you mean Database? (there is Database, Net)');
    expect(remedyOf('Xyz')).toBe('UNKNOWN_KIND there is Database, Net');
    expect(remedyOf('constructor')).toBe('UNKNOWN_KIND there is Database, Net');
  });

  test("another agent's tool is none of this agent's", () => {
    const registry = createAgentRegistry([agentOf('a', ['Disk'], ['make']), agentOf('b', ['Net'], ['drop'])]);
    expect(codesOf(() => registry.toolOf('Disk', 'drop'))).toEqual(['INVALID_TOOL agent a']);
  });

  test('a tool that went past defineTool is refused: no risk it names is known', () => {
    const crafted = { ...toolOf('make'), riskLevel: 'medium-ish' as never };
    const agent = { ...agentOf('a', ['Disk']), tools: () => [crafted] };
    expect(codesOf(() => createAgentRegistry([agent]))).toEqual([expect.stringContaining('INVALID_TOOL')]);
  });

  test('so are agents and kinds that went past defineAgent and defineKind, all in one list', () => {
    const { spec: _, ...schemaless } = kindOf('Net');
    const agents = [
      { ...agentOf('a', ['Disk']), name: 'a/b' },
      { ...agentOf('c', ['Cpu']), kinds: [kindOf('Cpu'), schemaless, { ...kindOf('Gpu'), kind: 'gpu/1' }] },
      { ...agentOf('d', ['Fan']), planning: 'by heart' },
      { ...agentOf('e', ['Led']), heal: undefined },
      { ...agentOf('f', ['Ram']), tools: [toolOf('make')] },
    ];
    expect(codesOf(() => createAgentRegistry(agents as never))).toEqual([
      'INVALID_AGENT agent "a/b".name',
      'INVALID_AGENT agent "d".planning',
      'INVALID_AGENT agent "e".heal',
      'INVALID_AGENT agent "f".tools',
      'INVALID_KIND kind "Net".spec',
      'INVALID_KIND kind "gpu/1".kind',
    ]);
  });
});

describe('an agent or a kind is refused at start, naming file and field', () => {
  const agent = { name: 'a', purpose: 'for tests', kinds: [kindOf('Disk')], tools: [], rules: { Disk: {} } } as const;
  test.each([
    { change: { name: 'A b' }, field: 'agent "A b".name' },
    { change: { name: undefined }, field: 'agent undefined.name' },
    { change: { purpose: '  ' }, field: 'agent "a".purpose' },
    { change: { kinds: [] }, field: 'agent "a".kinds' },
    { change: { tools: undefined }, field: 'agent "a".tools' },
    { change: { rules: undefined }, field: 'agent "a".rules' },
    { change: { planning: 'by heart' }, field: 'agent "a".planning' },
    { change: { overrides: { heal: 'restart it' } }, field: 'agent "a".heal' },
  ])('$field', ({ change, field }) => {
    expect(codesOf(() => defineAgent({ ...agent, ...change } as never))).toEqual([inThisFile('INVALID_AGENT', field)]);
  });

  const kind = kindOf('Disk');
  test.each([
    { change: { kind: 'disk' }, field: 'kind "disk".kind' },
    { change: { spec: undefined }, field: 'kind "Disk".spec' },
    { change: { status: {} }, field: 'kind "Disk".status' },
    { change: { observe: undefined }, field: 'kind "Disk".observe' },
    { change: { wanted: undefined }, field: 'kind "Disk".wanted' },
  ])('$field', ({ change, field }) => {
    expect(codesOf(() => defineKind({ ...kind, ...change } as never))).toEqual([inThisFile('INVALID_KIND', field)]);
  });
});

describe('an agent is asked for', () => {
  const agent = agentOf('a', ['Disk', 'Net']);
  const context = { signal: AbortSignal.timeout(1_000), log: { info() {}, warn() {} }, failures: [] };
  const state = (kind: string) => ({
    resource: { tenant: 'default', kind, name: 'x' },
    labels: {},
    annotations: {},
    spec: { size: 1 },
    status: { size: 1 },
  });

  test.each([
    { desired: undefined, actual: undefined, code: 'MISSING_DESIRED', path: 'desired', reason: 'nothing at all' },
    {
      desired: state('Disk'),
      actual: state('Net'),
      code: 'KIND_MISMATCH',
      path: 'actual.resource.kind',
      reason: 'two kinds at once',
    },
    {
      desired: state('Other'),
      actual: undefined,
      code: 'UNKNOWN_KIND',
      path: 'desired.resource.kind',
      reason: "another agent's kind",
    },
    {
      desired: state('Disk'),
      actual: undefined,
      code: 'NO_RULE',
      path: 'Disk/x',
      reason: 'a delta it has no rule for',
    },
  ])('$reason → $code', async ({ desired, actual, code, path }) => {
    for (const method of ['reconcile', 'plan'] as const) {
      await expect(agent[method](context, desired, actual)).rejects.toMatchObject({
        code,
        path,
        remedy: expect.any(String) as string,
      });
    }
  });

  test('what is as desired → a plan without steps, from reconcile, plan and heal alike', async () => {
    const issue = {
      type: 'gone',
      resource: 'Disk/x',
      severity: 'critical',
      summary: 's',
      evidence: [],
      since: '',
    } as const;
    const plans = [
      await agent.reconcile(context, state('Disk'), state('Disk')),
      await agent.plan(context, state('Disk'), state('Disk')),
      await agent.heal(context, { ...issue, evidence: [] }, state('Disk'), state('Disk')),
    ];
    for (const plan of plans) expect(plan).toMatchObject({ steps: [], riskLevel: 'safe' });
  });
});
