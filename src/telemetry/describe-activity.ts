import type { Attributes } from '@opentelemetry/api';
import type { Activities } from '../activities/create-activities.ts';
import { toResourceAttributes } from './span-attributes.ts';

type Input<Name extends keyof Activities> = Parameters<Activities[Name]>[0];
type Result<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

/** What a span tells of an activity before it ran, and after: names, revisions, seals and codes. No value of anybody's. */
type Descriptions = {
  readonly [Name in keyof Activities]?: (input: Input<Name>, result: Result<Name> | undefined) => Attributes;
};

const descriptions: Descriptions = {
  observeAndPlan: ({ resource, pass }, result) => ({
    ...toResourceAttributes(resource),
    'homeostat.pass': pass,
    'homeostat.outcome': result?.type,
    'homeostat.revision': result?.desiredRevision,
    'homeostat.code': result?.type === 'blocked' ? result.block.code : undefined,
    'homeostat.seal': result?.type === 'plan' ? result.sealed.seal : undefined,
    'homeostat.risk': result?.type === 'plan' ? result.sealed.plan.riskLevel : undefined,
  }),
  previewPlan: ({ resource }, result) => ({ ...toResourceAttributes(resource), 'homeostat.outcome': result?.type }),
  executeStep: ({ resource, seal, step }, result) => ({
    ...toResourceAttributes(resource),
    'homeostat.seal': seal,
    'homeostat.step': step.id,
    'homeostat.tool': step.toolName,
    'homeostat.risk': step.riskLevel,
    'homeostat.outcome': result?.outcome,
  }),
  verifyAndRecord: ({ resource, desiredRevision, seal }, result) => ({
    ...toResourceAttributes(resource),
    'homeostat.revision': desiredRevision,
    'homeostat.seal': seal,
    'homeostat.outcome': result?.type,
  }),
  recordBlocked: ({ resource, desiredRevision, block }) => ({
    ...toResourceAttributes(resource),
    'homeostat.revision': desiredRevision,
    'homeostat.outcome': 'blocked',
    'homeostat.code': block.code,
  }),
  openRequest: ({ resource, sealed }) => ({ ...toResourceAttributes(resource), 'homeostat.seal': sealed.seal }),
  closeRequest: ({ resource, seal, outcome }) => ({
    ...toResourceAttributes(resource),
    'homeostat.seal': seal,
    'homeostat.outcome': outcome.type === 'decided' ? outcome.decision.verdict : outcome.type,
  }),
  confirmPlan: ({ resource }, result) => ({
    ...toResourceAttributes(resource),
    'homeostat.outcome': result === undefined ? undefined : result ? 'confirmed' : 'changed',
  }),
  digestDelta: ({ resource }) => toResourceAttributes(resource),
  markUnknown: ({ resource, open }) => ({ ...toResourceAttributes(resource), 'homeostat.effects': open.length }),
  resolveEffect: ({ resource, seal, step, choice }) => ({
    ...toResourceAttributes(resource),
    'homeostat.seal': seal,
    'homeostat.step': step,
    'homeostat.outcome': choice,
  }),
  sweep: ({ place }, result) => ({
    'homeostat.place': place,
    'homeostat.looked': result?.looked,
    'homeostat.drifted': result?.drifted,
  }),
};

export interface ActivityDescription {
  readonly name: string;
  readonly attributes: Attributes;
}

/** `input` and `result` are what the activity of that name takes and gives; `result` is absent before it has ended. */
export function describeActivity(name: string, input: unknown, result?: unknown): ActivityDescription {
  const describe = descriptions[name as keyof Activities] as
    ((input: unknown, result: unknown) => Attributes) | undefined;
  const attributes = describe?.(input, result) ?? {};
  const tool = attributes['homeostat.tool'];
  return { name: typeof tool === 'string' ? `${name} ${tool}` : name, attributes };
}
