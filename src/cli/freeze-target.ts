import type { Command } from 'commander';
import { HomeostatError } from '../domain/failure.ts';
import { resourceScope } from '../domain/freeze.ts';
import type { CommandContext } from './command-context.ts';
import { resolveResource } from './resource-argument.ts';
import { resolveScopeText } from './scope-argument.ts';

export interface FreezeTarget {
  readonly scope?: string;
}

/** Adds what pausing and resuming have in common: one resource, or a wider scope. */
export function addFreezeTarget(command: Command): Command {
  return command
    .argument('[resource]', 'Kind/name')
    .option('--scope <scope>', 'more than one resource: all, tenant/<tenant>, kind/<Kind> or agent/<agent>');
}

/** The scope that was named. Throws `INVALID_VALUE` unless it was exactly one, and when its kind or agent is not there. */
export async function resolveScope(
  name: string | undefined,
  { scope }: FreezeTarget,
  { tenant, read }: CommandContext,
): Promise<string> {
  if (name !== undefined && scope === undefined) return resourceScope(await resolveResource(name, tenant, read));
  if (name === undefined && scope !== undefined) return resolveScopeText(scope, read);
  throw new HomeostatError('INVALID_VALUE', {
    path: 'resource',
    problem: name === undefined ? 'nothing is named' : 'a resource and a scope are named',
    remedy: 'name one resource as Kind/name, or say --scope',
  });
}
