import { findFaults, HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import type { AnyKind } from '../domain/kind.ts';
import { toUnknownKind } from '../domain/unknown-kind.ts';
import { checkTool } from '../tools/define-tool.ts';
import type { AnyTool } from '../tools/tool.ts';
import type { Agent } from './agent.ts';
import { checkAgent } from './define-agent.ts';
import { checkKind } from './define-kind.ts';

/** All agents of a runtime, by the kinds they own. Complete before the first event is taken; never changes after. */
export interface AgentRegistry {
  readonly agents: readonly Agent[];
  /** Whether an agent of this runtime owns the kind. */
  has(kind: string): boolean;
  /** Names of all kinds, in order. */
  readonly kinds: readonly string[];
  /** Throws `UNKNOWN_KIND` with the kinds there are. */
  ownerOf(kind: string): { readonly agent: Agent; readonly kind: AnyKind };
  /** The tool of the agent of that kind, if it has it. */
  findTool(kind: string, toolName: string): AnyTool | undefined;
  /** Throws `INVALID_TOOL` when the agent of that kind has no such tool. */
  toolOf(kind: string, toolName: string): AnyTool;
}

/**
 * Throws `HomeostatErrors` with everything that is wrong: an agent, a kind or a tool that is not whole, also where it was
 * made without `define*`; a name or a kind that two agents claim; a tool that stands twice.
 */
export function createAgentRegistry(agents: readonly Agent[]): AgentRegistry {
  const errors: HomeostatError[] = [];
  const whole = agents.filter((agent) => {
    const faults = findFaults(() => checkAgent(agent));
    errors.push(...faults);
    return faults.length === 0;
  });
  const kindsOfAll = whole.flatMap((agent) => agent.kinds);
  errors.push(...kindsOfAll.flatMap((kind) => findFaults(() => checkKind(kind))));
  const refuseDuplicates = (
    names: readonly string[],
    path: string,
    code: 'INVALID_AGENT' | 'INVALID_KIND' | 'INVALID_TOOL',
  ) => {
    for (const name of names.filter((candidate, index) => names.indexOf(candidate) !== index)) {
      errors.push(
        new HomeostatError(code, { path, problem: `${name} is registered twice`, remedy: 'rename or remove one' }),
      );
    }
  };
  refuseDuplicates(
    agents.map((agent) => agent.name),
    'agents',
    'INVALID_AGENT',
  );
  refuseDuplicates(
    kindsOfAll.map(({ kind }) => kind),
    'kinds',
    'INVALID_KIND',
  );
  for (const agent of whole) {
    refuseDuplicates(
      agent.tools().map((tool) => tool.name),
      `agent ${agent.name}.tools`,
      'INVALID_TOOL',
    );
  }
  for (const tool of whole.flatMap((agent) => agent.tools())) {
    errors.push(...findFaults(() => checkTool(tool)));
  }
  if (errors.length > 0) throw new HomeostatErrors(errors);

  const owners = new Map(agents.flatMap((agent) => agent.kinds.map((kind) => [kind.kind, { agent, kind }] as const)));
  const kinds = [...owners.keys()].toSorted();
  const ownerOf = (kind: string) => {
    const owner = owners.get(kind);
    if (owner !== undefined) return owner;
    throw toUnknownKind(kind, kinds);
  };
  const findTool = (kind: string, toolName: string) =>
    owners
      .get(kind)
      ?.agent.tools()
      .find((candidate) => candidate.name === toolName);
  return {
    agents,
    has: (kind) => owners.has(kind),
    kinds,
    ownerOf,
    findTool,
    toolOf(kind, toolName) {
      const { agent } = ownerOf(kind);
      const tool = findTool(kind, toolName);
      if (tool !== undefined) return tool;
      throw new HomeostatError('INVALID_TOOL', { path: `agent ${agent.name}`, problem: 'no such tool', got: toolName });
    },
  };
}
