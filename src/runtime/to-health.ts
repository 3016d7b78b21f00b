import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { HintSender } from '../starters/hint-sender.ts';
import type { WatcherState } from '../starters/watcher.ts';
import type { ObservedStore } from '../telemetry/observe-store.ts';
import type { RuntimeHealth } from './health-server.ts';
import type { TemporalCheck } from './temporal-check.ts';

export interface HealthFacts {
  readonly registry: AgentRegistry;
  /** Absent where this process does not work, or does not watch. */
  readonly workers: object | undefined;
  readonly watcher: WatcherState | undefined;
  readonly hints: Pick<HintSender, 'pending' | 'trouble'>;
  readonly store: Pick<ObservedStore, 'fault'>;
  readonly temporal: Pick<TemporalCheck, 'trouble'>;
  readonly stopping: boolean;
}

/** What a runtime says of itself; ready when every part it has is well. */
export function toHealth({ registry, workers, watcher, hints, store, temporal, stopping }: HealthFacts): RuntimeHealth {
  const fault = store.fault();
  const checks: RuntimeHealth['checks'] = {
    store: fault === undefined ? { ok: true } : { ok: false, detail: fault.text },
    temporal: { ok: temporal.trouble === undefined, detail: temporal.trouble ?? 'answers' },
    ...(workers === undefined ? {} : { workers: { ok: !stopping } }),
    ...(watcher === undefined
      ? {}
      : {
          watcher: {
            ok: watcher.connected,
            detail: `${toDetail(watcher)}${watcher.cause === undefined ? '' : `: ${watcher.cause}`}`,
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

function toDetail({ resources, lastRevision, resyncs, malformedKeys }: WatcherState): string {
  const malformed = malformedKeys === 0 ? '' : `, ${malformedKeys} malformed keys ignored`;
  return `${resources} resources, revision ${lastRevision}, ${resyncs} resyncs${malformed}`;
}
