import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { HintSender } from '../starters/hint-sender.ts';
import type { WatcherState } from '../starters/watcher.ts';
import type { ObservedStore } from '../telemetry/observe-store.ts';
import type { Health } from './health-server.ts';

export interface HealthFacts {
  readonly registry: AgentRegistry;
  /** Absent where this process does not work, or does not watch. */
  readonly workers: object | undefined;
  readonly watcher: WatcherState | undefined;
  readonly hints: Pick<HintSender, 'pending' | 'trouble'>;
  readonly store: Pick<ObservedStore, 'fault'>;
  readonly stopping: boolean;
}

/** What a runtime says of itself; ready when every part it has is well. */
export function toHealth({ registry, workers, watcher, hints, store, stopping }: HealthFacts): Health {
  const fault = store.fault();
  const checks: Health['checks'] = {
    store: fault === undefined ? { ok: true } : { ok: false, detail: fault.text },
    ...(workers === undefined ? {} : { workers: { ok: !stopping } }),
    ...(watcher === undefined
      ? {}
      : {
          watcher: {
            ok: watcher.connected,
            detail: watcher.cause ?? toDetail(watcher),
          },
          hints: { ok: hints.trouble === undefined, detail: hints.trouble ?? `${hints.pending} pending` },
        }),
  };
  const agents = registry.agents.map((agent) => ({
    name: agent.name,
    kinds: agent.kinds.map((kind) => kind.kind),
    tools: agent.tools().length,
  }));
  return { ready: !stopping && Object.values(checks).every((check) => check.ok), checks, agents };
}

function toDetail({ resources, lastRevision, malformedKeys }: WatcherState): string {
  const malformed = malformedKeys === 0 ? '' : `, ${malformedKeys} malformed keys ignored`;
  return `${resources} resources, revision ${lastRevision}${malformed}`;
}
