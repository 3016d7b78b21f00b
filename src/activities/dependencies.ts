import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { ContextLog } from '../domain/kind.ts';
import type { ModeDefaults } from '../domain/mode.ts';
import type { State } from '../state/state.ts';

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
  /** A tenant's secret; throws `NOT_FOUND`. */
  readonly readSecret: (tenant: string, name: string) => Promise<string>;
}
