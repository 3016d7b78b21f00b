import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { ContextLog } from '../domain/kind.ts';
import type { ModelChoice, ModelRoute, ModelTask } from '../domain/model-route.ts';
import type { LanguageModel, TokenUsage } from '../llm/language-model.ts';
import type { ModeDefaults } from '../domain/mode.ts';
import type { State } from '../state/state.ts';

/** The models of this runtime: which to ask what, and the way to them. */
export interface ModelDesk {
  /** Empty where none is configured: then rules plan all. */
  route(task: ModelTask): ModelRoute;
  modelOf(choice: ModelChoice): LanguageModel;
  costMicros(choice: ModelChoice, tokens: TokenUsage): number;
  readonly settings: {
    /** How long the same question is not asked again. */
    readonly planLifetimeMs: number;
    /** Milliseconds for one answer. */
    readonly deadlineMs: number;
    /** What a tenant may spend a day; without it no limit. */
    readonly budgetMicros?: number;
  };
}

/** What activities are made from; given once, by the composition root. */
export interface ActivityDependencies {
  readonly registry: AgentRegistry;
  readonly state: State;
  /** This host's id: what it owns, only it observes and changes. */
  readonly host: string;
  readonly log: ContextLog;
  readonly settings: {
    readonly approvalExpiresAfterMs: number;
    readonly retryFirstMs: number;
    readonly retryLongestMs: number;
    /** How far the runtime goes where a resource does not say. */
    readonly modes: ModeDefaults;
  };
  /** The models that can be asked; without any, rules plan all. */
  readonly models: ModelDesk;
  /** A tenant's secret; throws `NOT_FOUND`. */
  readonly readSecret: (tenant: string, name: string) => Promise<string>;
}
