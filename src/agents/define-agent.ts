import type { z } from 'zod';
import { didYouMean } from '../domain/closest.ts';
import { deltaOf, type Delta } from '../domain/delta.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { Issue } from '../domain/issue.ts';
import { isJsonObject } from '../domain/json.ts';
import type { AnyKind } from '../domain/kind.ts';
import type { ExecutionPlan } from '../domain/plan.ts';
import { planningWays } from '../domain/published.ts';
import type { State } from '../domain/state.ts';
import { createRulePlanner, type AnyRules, type Rules } from '../planners/rule-planner.ts';
import { namingCaller } from '../tools/naming-caller.ts';
import type { AnyTool } from '../tools/tool.ts';
import type { Agent, AgentContext } from './agent.ts';

type RulesOf<K extends AnyKind> = Rules<z.output<K['spec']>, z.output<K['status']>>;

/** What `defineAgent` is given: an agent's kinds and tools, and for each kind the rules that plan its changes. */
export interface AgentDefinition<Kinds extends readonly AnyKind[]> {
  /** Lower case letters, digits and `-`; unique and stable: in logs, audit, metrics. */
  readonly name: string;
  /** One sentence: what it keeps, and how. */
  readonly purpose: string;
  readonly kinds: Kinds;
  /** The only tools that steps of its plans may call. */
  readonly tools: readonly AnyTool[];
  /** Default: `rules-first`. */
  readonly planning?: Agent['planning'];
  /** By kind. A change that no rule knows is planned by a model, where one is configured, and else refused: `NO_RULE`. */
  readonly rules: {
    readonly [Name in Kinds[number]['kind']]: RulesOf<Extract<Kinds[number], { readonly kind: Name }>>;
  };
  /** Methods made differently from the defaults. */
  readonly overrides?: Partial<Pick<Agent, 'reconcile' | 'heal' | 'plan'>>;
}

/** What a plan is wanted for. */
interface Situation {
  readonly desired: State | undefined;
  readonly actual: State | undefined;
  readonly issue?: Issue;
}

/** Declares an agent from its rules. Throws `INVALID_AGENT` naming the caller's file and the field when something is missing. */
export function defineAgent<const Kinds extends readonly AnyKind[]>(definition: AgentDefinition<Kinds>): Agent {
  namingCaller(defineAgent, () => checkParts(definition));
  const { name, purpose, kinds, tools, planning = 'rules-first' } = definition;
  const planner = createRulePlanner(definition.rules as Record<string, AnyRules>);
  const planFor = async (context: AgentContext, { desired, actual, issue }: Situation): Promise<ExecutionPlan> => {
    const kind = kindOf(kinds, desired, actual);
    return planner.plan({
      kind: kind.kind,
      delta: stateDelta(kind, desired, actual),
      tools,
      failures: context.failures,
      signal: context.signal,
      ...(desired === undefined ? {} : { desired }),
      ...(actual === undefined ? {} : { actual }),
      ...(issue === undefined ? {} : { issue }),
      ...(context.runbooks === undefined ? {} : { runbooks: context.runbooks }),
    });
  };
  const reconcile: Agent['reconcile'] = (context, desired, actual) => planFor(context, { desired, actual });
  const agent: Agent = {
    name,
    purpose,
    kinds,
    planning,
    tools: () => tools,
    reconcile,
    plan: reconcile,
    // Where no rule knows the fault an agent heals by planning again from what it observes.
    heal: (context, issue, desired, actual) => planFor(context, { desired, actual, issue }),
    ...definition.overrides,
  };
  namingCaller(defineAgent, () => checkAgent(agent));
  return agent;
}

/** The delta between two states of one kind. */
export function stateDelta(kind: AnyKind, desired?: State, actual?: State): Delta {
  const wanted = desired === undefined ? undefined : kind.wanted(desired.spec);
  return deltaOf(wanted, isJsonObject(actual?.status) ? actual.status : undefined);
}

function kindOf(kinds: readonly AnyKind[], desired?: State, actual?: State): AnyKind {
  const named = (desired ?? actual)?.resource.kind;
  if (named === undefined) {
    throw new HomeostatError('MISSING_DESIRED', {
      path: 'desired',
      problem: 'neither a desired nor an actual state was given',
      remedy: 'give at least one of them',
    });
  }
  if (desired !== undefined && actual !== undefined && desired.resource.kind !== actual.resource.kind) {
    throw new HomeostatError('KIND_MISMATCH', {
      path: 'actual.resource.kind',
      problem: `desired is of kind ${named}`,
      got: actual.resource.kind,
      remedy: 'give two states of one resource',
    });
  }
  const kind = kinds.find((candidate) => candidate.kind === named);
  if (kind !== undefined) return kind;
  const names = kinds.map((candidate) => candidate.kind);
  throw new HomeostatError('UNKNOWN_KIND', {
    path: `${desired === undefined ? 'actual' : 'desired'}.resource.kind`,
    problem: 'not a kind of this agent',
    got: named,
    remedy: didYouMean(named, names, `use one of ${names.join(', ')}`),
  });
}

/** What an agent is made from and does not show. */
function checkParts({ name, tools, rules }: AgentDefinition<readonly AnyKind[]>): void {
  const path = `agent ${JSON.stringify(name)}`;
  if (!Array.isArray(tools)) {
    throw new HomeostatError('INVALID_AGENT', {
      path: `${path}.tools`,
      problem: 'is no list',
      remedy: 'list its tools',
    });
  }
  if (typeof rules !== 'object' || rules === null) {
    const remedy = 'give rules for each kind, or {} where only a model plans';
    throw new HomeostatError('INVALID_AGENT', { path: `${path}.rules`, problem: 'is missing', remedy });
  }
}

/** Refuses an agent that is not whole, however it was made; its kinds and tools have checks of their own. Throws `INVALID_AGENT` naming the field. */
export function checkAgent(agent: Agent): void {
  checkIdentity(agent);
  const path = `agent ${JSON.stringify(agent.name)}`;
  if (!planningWays.includes(agent.planning)) {
    throw new HomeostatError('INVALID_AGENT', {
      path: `${path}.planning`,
      problem: 'is no way to plan',
      got: agent.planning,
      remedy: `use one of ${planningWays.join(', ')}`,
    });
  }
  for (const method of ['reconcile', 'heal', 'plan', 'tools'] as const) {
    if (typeof agent[method] !== 'function') {
      throw new HomeostatError('INVALID_AGENT', { path: `${path}.${method}`, problem: 'is missing', remedy: 'add it' });
    }
  }
}

function checkIdentity(definition: Agent): void {
  const path = `agent ${JSON.stringify(definition.name)}`;
  if (typeof definition.name !== 'string' || !/^[a-z][a-z0-9-]{0,62}$/.test(definition.name)) {
    throw new HomeostatError('INVALID_AGENT', {
      path: `${path}.name`,
      problem: 'must be lower case letters, digits and -',
      got: definition.name,
      remedy: 'name it like instance-keeper',
    });
  }
  if (typeof definition.purpose !== 'string' || definition.purpose.trim() === '') {
    const remedy = 'say in one sentence what it keeps, and how';
    throw new HomeostatError('INVALID_AGENT', { path: `${path}.purpose`, problem: 'is empty', remedy });
  }
  if (!Array.isArray(definition.kinds) || definition.kinds.length === 0) {
    const remedy = 'list at least one kind, made by defineKind';
    throw new HomeostatError('INVALID_AGENT', { path: `${path}.kinds`, problem: 'owns no kind', remedy });
  }
}
