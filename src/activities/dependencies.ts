import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { Agent } from '../agents/agent.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { Log } from '../domain/log.ts';
import type { Sample } from '../domain/measurement.ts';
import type { ModelChoice, ModelRoute, ModelTask } from '../domain/model-route.ts';
import type { LanguageModel, TokenUsage } from '../llm/language-model.ts';
import type { ModeDefaults } from '../domain/mode.ts';
import type { Notification } from '../domain/notification.ts';
import type { Runbook } from '../domain/runbook.ts';
import type { State } from '../state/state.ts';
import type { Transcripts } from '../state/transcripts.ts';
import type { ActivityScope } from './activity-scope.ts';

/** The models of this runtime: which to ask what, the way to them, and what is kept of it. */
export interface ModelDesk {
  /** How an agent plans here: the configuration's word, else the agent's own. */
  planningOf(agent: Agent): Agent['planning'];
  /** Empty where none is configured, or none may be asked this: then rules plan all. */
  route(task: ModelTask): ModelRoute;
  modelOf(choice: ModelChoice): LanguageModel;
  /** Millionths of a dollar. */
  costMicros(choice: ModelChoice, tokens: TokenUsage): number;
  readonly transcripts: Pick<Transcripts, 'put'>;
  readonly settings: {
    /** Milliseconds for which the same question is not asked again. */
    readonly planLifetimeMs: number;
    /** Milliseconds for one answer. */
    readonly deadlineMs: number;
    /** What a tenant may spend a day, in millionths of a dollar; without it no limit. */
    readonly budgetMicros?: number;
  };
}

/** Tells people what they should know; never throws, and resolves within seconds, told or not. Adds where to look on. */
export type Tell = (
  told: Omit<Notification, 'links'>,
  run: Pick<ActivityScope, 'workflowId' | 'runId'>,
) => Promise<void>;

/** A text for people, with what could not be asked; throws nothing but for the signal. Empty where it knows nothing. */
export type AskPrometheus = (resource: ResourceKey, issueType: string, signal: AbortSignal) => Promise<string>;

/** What activities are made from; given once, by the composition root. */
export interface ActivityDependencies {
  readonly registry: AgentRegistry;
  readonly state: State;
  /** This host's id: what it owns, only it observes and changes. */
  readonly host: string;
  readonly log: Log;
  readonly settings: {
    readonly approvalExpiresAfterMs: number;
    readonly retryFirstMs: number;
    readonly retryLongestMs: number;
    /** How far the runtime goes where a resource does not say. */
    readonly modes: ModeDefaults;
  };
  /** The models that can be asked; without any, rules plan all. */
  readonly models: ModelDesk;
  readonly tell: Tell;
  /** What was measured here of a thing of late, oldest first; absent where nothing is measured. */
  readonly measuredOf?: (resource: ResourceKey) => readonly Sample[];
  /** Asks a Prometheus what it knows that may tell why a resource has a fault; absent where none is configured. */
  readonly askPrometheus?: AskPrometheus;
  /** What operators wrote about types of faults, in the order of their names. */
  readonly runbooks: readonly Runbook[];
  /** A tenant's secret; throws `NOT_FOUND`. */
  readonly readSecret: (tenant: string, name: string) => Promise<string>;
}
