import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { closestOf } from '../domain/closest.ts';
import { HomeostatErrors, readOrNote, type HomeostatError } from '../domain/failure.ts';
import type { Runbook } from '../domain/runbook.ts';
import { toEtcdConnection } from '../starters/etcd-access.ts';
import { findServers } from '../starters/server-addresses.ts';
import type { EtcdConnection } from '../state/etcd-connection.ts';
import type { Logger } from '../telemetry/logger.ts';
import { findUnknown } from './find-unknown.ts';
import { loadRunbooks } from './load-runbooks.ts';

/** What the configuration names and does not hold itself. */
export interface NamedParts {
  readonly etcd: EtcdConnection;
  readonly runbooks: readonly Runbook[];
}

/**
 * Reads what the configuration names: runbooks and certificates, kinds and agents of this runtime, and where the servers
 * are. Called before anything is touched; throws `HomeostatErrors` with everything that is wrong.
 */
export function readNamedParts(config: LoadedConfig, registry: AgentRegistry, log: Logger): NamedParts {
  const agents = registry.agents.map(({ name }) => name);
  const faults: HomeostatError[] = [
    ...findUnknown('agent', Object.keys(config.models.planning), agents, (agent) => `models.planning.${agent}`),
    ...checkModeKinds(config, registry.kinds, log),
  ];
  const runbooks = readOrNote(faults, () => loadRunbooks(config.heal.runbooks, registry.kinds));
  const etcd = readOrNote(faults, () => toEtcdConnection(config));
  readOrNote(faults, () => findServers(config).temporal);
  if (etcd === undefined || runbooks === undefined || faults.length > 0) throw new HomeostatErrors(faults);
  return { etcd, runbooks };
}

/** Faults of modes whose kind is meant and misspelt; another runtime may have the others. */
function checkModeKinds({ mode }: LoadedConfig, known: readonly string[], log: Logger): readonly HomeostatError[] {
  const unknown = Object.keys(mode.kinds).filter((name) => !known.includes(name));
  const isMisspelt = (name: string) => closestOf(name, known) !== undefined;
  for (const kind of unknown.filter((name) => !isMisspelt(name)))
    log.warn({ kind }, 'mode.kinds names a kind that this runtime does not have');
  return findUnknown('kind', unknown.filter(isMisspelt), known, (kind) => `mode.kinds.${kind}`);
}
