import type { Agent } from '../agents/agent.ts';
import { createAgentRegistry } from '../agents/agent-registry.ts';
import { isSameJson } from '../domain/canonical.ts';
import { HomeostatError, toCodedErrors, type FailureCode } from '../domain/failure.ts';
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import type { AnyKind } from '../domain/kind.ts';
import { toJsonSchema } from '../tools/tool-schema.ts';
import type { AnyTool } from '../tools/tool.ts';
import type { Checks } from './checks.ts';
import { checkSamples } from './samples.ts';

/** What can be said of an agent without its target. Answers the kinds that are worth bringing to life. */
export async function checkDeclarations(
  agent: Agent,
  samplesOf: (kind: AnyKind) => readonly object[],
  checks: Checks,
): Promise<readonly AnyKind[]> {
  const subject = `agent ${agent.name}`;
  await checks.make('agent-registers', subject, () => void createAgentRegistry([agent]));
  await checks.make('refusals-coded', subject, () => checkRefusals(agent));
  for (const tool of agent.tools()) await checkTool(tool, checks);
  const sound: AnyKind[] = [];
  for (const kind of agent.kinds) if (await checkKind(kind, samplesOf(kind), checks)) sound.push(kind);
  return sound;
}

/** Without anything to plan for, and for a kind of somebody else, an agent says so by a code. */
async function checkRefusals(agent: Agent): Promise<void> {
  const context = { signal: new AbortController().signal, log: { info() {}, warn() {} }, failures: [] };
  const foreign = {
    resource: { tenant: 'conformance', kind: 'NobodysKind', name: 'sample' },
    labels: {},
    annotations: {},
    spec: {},
  };
  for (const method of ['reconcile', 'plan'] as const) {
    for (const [what, desired] of [['nothing', undefined] as const, ['a kind it does not own', foreign] as const]) {
      const answer = await agent[method](context, desired).then(
        () => 'a plan',
        (error: unknown) => (toCodedErrors(error).length > 0 ? undefined : error),
      );
      if (answer === undefined) continue;
      throw fault('INVALID_AGENT', `${agent.name}.${method}`, `asked about ${what} it throws no coded error`, answer);
    }
  }
}

async function checkKind(kind: AnyKind, samples: readonly object[], checks: Checks): Promise<boolean> {
  const subject = `kind ${kind.kind}`;
  const schemas = await checks.make('kind-schemas', subject, () => {
    refuseLoose(toJsonSchema(kind.spec), `${subject}.spec`, 'INVALID_KIND');
    if (fieldsOf(toJsonSchema(kind.status)).length === 0) {
      throw fault('INVALID_KIND', `${subject}.status`, 'has no fields', undefined, 'give a z.strictObject({…})');
    }
    const fields = fieldsOf(toJsonSchema(kind.spec));
    const strange = (kind.immutable ?? []).find((path) => !fields.includes(path.split('.')[0]!));
    if (strange !== undefined) throw fault('INVALID_KIND', `${subject}.immutable`, 'is not in the spec', strange);
  });
  const fit = await checks.make('samples-fit', subject, () => checkSamples(kind, samples));
  if (!fit) return false;
  const wanted = await checks.make('wanted-pure', subject, () => {
    const fields = fieldsOf(toJsonSchema(kind.status));
    for (const sample of samples) {
      const once = kind.wanted(kind.spec.parse(sample));
      if (!isSameJson(once, kind.wanted(kind.spec.parse(sample)))) {
        throw fault('INVALID_KIND', `${subject}.wanted`, 'gives something else the second time');
      }
      const strange = Object.keys(once).find((field) => !fields.includes(field));
      if (strange === undefined) continue;
      throw fault('INVALID_KIND', `${subject}.wanted`, 'is not in the status, so it would never be there', strange);
    }
  });
  return schemas && wanted;
}

async function checkTool(tool: AnyTool, checks: Checks): Promise<void> {
  const subject = `tool ${tool.name}`;
  await checks.make('tool-schemas', subject, () => {
    refuseLoose(toJsonSchema(tool.parameters), `${subject}.parameters`, 'INVALID_TOOL');
    const { type, anyOf, oneOf, allOf, enum: values } = toJsonSchema(tool.result);
    if ([type, anyOf, oneOf, allOf, values].every((part) => part === undefined)) {
      throw fault('INVALID_TOOL', `${subject}.result`, 'says nothing of what comes back', undefined, 'name its fields');
    }
  });
  if (tool.effect === 'read') {
    await checks.make('tool-risk', subject, () => {
      if (tool.riskLevel === 'safe') return;
      throw fault('INVALID_TOOL', `${subject}.effect`, `is ${tool.riskLevel} and says that it only reads`, tool.effect);
    });
    return;
  }
  await checks.make('effect-provable', subject, () => {
    if (tool.probe !== undefined || tool.conditional) return;
    const remedy = 'add a probe, or say conditional: true if twice is the same as once';
    throw fault('INVALID_TOOL', subject, 'after a crash a person would be asked each time', undefined, remedy);
  });
}

/** Throws for a schema that lets a field through which it does not name: a mistyped one would be lost in silence. */
function refuseLoose(schema: JsonValue, path: string, code: FailureCode): void {
  const branches = isJsonObject(schema) ? (schema.anyOf ?? schema.oneOf) : undefined;
  if (Array.isArray(branches)) {
    for (const branch of branches) refuseLoose(branch as JsonValue, path, code);
    return;
  }
  if (isJsonObject(schema) && schema.type === 'object' && schema.additionalProperties === false) return;
  throw fault(code, path, 'lets fields through that it does not name', undefined, 'use z.strictObject({…})');
}

/** Names of the fields an object schema has, in any of its forms. */
function fieldsOf(schema: JsonValue): readonly string[] {
  if (!isJsonObject(schema)) return [];
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) return branches.flatMap((branch) => fieldsOf(branch as JsonValue));
  return isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
}

function fault(code: FailureCode, path: string, problem: string, got?: unknown, remedy?: string): HomeostatError {
  return new HomeostatError(code, { path, problem, got, ...(remedy === undefined ? {} : { remedy }) });
}
