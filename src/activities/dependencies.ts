import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { ContextLog } from '../domain/kind.ts';
import type { ModeDefaults } from '../domain/mode.ts';
import type { State } from '../state/state.ts';

/** Which models to ask what, and the way to them. */
export interface ModelDesk {
  /** In the order in which to try; empty where no model is configured. */
  route(question: PlanQuestion): readonly ModelRoute[];
  /** Makes a plan for a question, checked, with repairs where an answer was not good. Writes nothing. */
  plan(question: PlanQuestion, route: ModelRoute, context: AskContext): Promise<ModelPlan>;
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
  readonly readSecret: (reference: string) => Promise<string>;
}
