import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { HintSender } from '../starters/hint-sender.ts';
import type { WatcherState } from '../starters/watcher.ts';
import type { Health } from './health-server.ts';
import type { TemporalCheck } from './temporal-check.ts';

export interface HealthFacts {
  readonly registry: AgentRegistry;
  /** Absent where this process does not work, or does not watch. */
  readonly workers: object | undefined;
  readonly watcher: WatcherState | undefined;
  readonly hints: Pick<HintSender, 'pending' | 'trouble'>;
  readonly temporal: Pick<TemporalCheck, 'trouble'>;
  readonly stopping: boolean;
}

/** What a runtime says of itself; ready when every part it has is well. */
export function toHealth({ registry, workers, watcher, hints, temporal, stopping }: HealthFacts): Health {
  const checks: Health['checks'] = {
    temporal: { ok: temporal.trouble === undefined, detail: temporal.trouble ?? 'answers' },
    ...(workers === undefined ? {} : { workers: { ok: !stopping } }),
    ...(watcher === undefined
      ? {}
      : {
          watcher: {
            ok: watcher.connected,
            detail: `${watcher.resources} resources, revision ${watcher.lastRevision}, ${watcher.resyncs} resyncs${watcher.cause === undefined ? '' : `: ${watcher.cause}`}`,
          },
          hints: {
            ok: hints.trouble === undefined,
            detail: `${hints.pending} pending${hints.trouble === undefined ? '' : `: ${hints.trouble}`}`,
          },
        }),
  };
  const agents = registry.agents.map((agent) => ({
    name: agent.name,
    kinds: agent.kinds.map((kind) => kind.kind),
    tools: agent.tools().length,
  }));
  return { ready: !stopping && Object.values(checks).every((check) => check.ok), checks, agents };
}
