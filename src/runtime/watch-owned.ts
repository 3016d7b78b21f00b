import type { CheckedResource } from '../activities/check-issue.ts';
import type { AgentRegistry } from '../agents/agent-registry.ts';
import { LifecycleState, type ActualRecord } from '../domain/actual.ts';
import { digestOf } from '../domain/canonical.ts';
import { describeThrown } from '../domain/failure.ts';
import { toResourcePath } from '../domain/identity.ts';
import type { AnyKind } from '../domain/kind.ts';
import { fromStoreKey, type Keys } from '../domain/keys.ts';
import { createPrefixWatch } from '../state/create-prefix-watch.ts';
import type { PrefixWatchOptions } from '../state/prefix-watch.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface WatchOwnedOptions {
  readonly connection: PrefixWatchOptions['connection'];
  readonly keys: Keys;
  readonly registry: AgentRegistry;
  readonly host: string;
  /** Kinds whose things are wanted; where none of the registered is, nothing is watched at all. */
  readonly wants: (kind: AnyKind) => boolean;
  /** Told of a thing that runs, once, and again when what was applied to it is another; `undefined`: it runs no more. */
  readonly onChange: (path: string, resource: CheckedResource | undefined) => void;
  readonly log: Logger;
}

/**
 * Follows which things are running and this runtime's to look at: those its host owns, and those that can be looked at from
 * anywhere. From a watch, so that ten thousand at rest ask for nothing. Returns how to end it.
 */
export function watchOwned(options: WatchOwnedOptions): () => Promise<void> {
  const { connection, keys, registry, wants, onChange, log } = options;
  if (!registry.agents.some((agent) => agent.kinds.some(wants))) return async () => undefined;
  /** Digests of the specs of what runs. */
  const known = new Map<string, string>();

  const note = (storeKey: string, value: string | undefined) => {
    const key = fromStoreKey(storeKey, keys.actualPrefix);
    if (key === undefined || !registry.has(key.kind)) return;
    const path = toResourcePath(key);
    const { kind } = registry.ownerOf(key.kind);
    const spec = wants(kind) ? runningSpec(value, options.host) : undefined;
    const digest = spec === undefined ? undefined : digestOf(spec);
    if (known.get(path) === digest) return;
    if (digest === undefined) known.delete(path);
    else known.set(path, digest);
    onChange(path, spec === undefined ? undefined : { key, kind, spec, inForce: spec });
  };
  const watch = createPrefixWatch({
    connection,
    prefix: keys.actualPrefix,
    onList(entries) {
      if (entries === 'unchanged') return;
      for (const { key, value } of entries) note(key, value);
    },
    onEvent: ({ key, value }) => note(key, value),
    onFault: (error) => log.warn({ cause: describeThrown(error) }, 'cannot take in what is running here'),
  });
  watch.start().catch(() => undefined);
  return () => watch.close();
}

/** What was applied to a thing that runs and is ours; undefined for any other. */
function runningSpec(value: string | undefined, host: string): unknown {
  try {
    const { status, lastApplied } = JSON.parse(value ?? '') as ActualRecord;
    const isOurs = status.owner === undefined || status.owner === host;
    return isOurs && status.state === LifecycleState.Running ? lastApplied?.spec : undefined;
  } catch {
    return undefined;
  }
}
