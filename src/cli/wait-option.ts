import { parseDuration } from '../domain/duration.ts';
import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import { toldCommand } from '../domain/told-command.ts';
import { connectRunSteps } from '../starters/connect-run-steps.ts';
import type { CommandContext } from './command-context.ts';
import { followResources, type Followed, type FollowOptions } from './follow.ts';
import { createLiveLines, peopleSink } from './live-lines.ts';

/** What `--wait` without a time means. */
const standardWait = '5m';

/** Milliseconds of `--wait`, which may come with a time or without one; undefined when it was not said. */
export function parseWait(wait: string | true | undefined): number | undefined {
  return wait === undefined ? undefined : parseDuration(wait === true ? standardWait : wait, '--wait');
}

/** Follows the resources; throws for each that did not get there `WAIT_TIMED_OUT` or, when it never will, `NOT_CONVERGED`. */
export async function waitFor(
  { config, read, output }: Pick<CommandContext, 'config' | 'read' | 'output'>,
  resources: readonly ResourceKey[],
  goalOf: FollowOptions['goalOf'],
  timeoutMs: number,
): Promise<readonly Followed[]> {
  if (resources.length === 0) return [];
  const steps = connectRunSteps(config);
  const lines = createLiveLines(peopleSink(output));
  try {
    const followed = await followResources({ read, steps, resources, goalOf, timeoutMs, lines });
    const errors = followed.filter(({ outcome }) => outcome !== 'arrived').map(toError);
    if (errors.length > 0) throw new HomeostatErrors(errors);
    return followed;
  } finally {
    await steps.close();
  }
}

function toError({ key, outcome, message }: Followed): HomeostatError {
  return new HomeostatError(outcome === 'waiting' ? 'WAIT_TIMED_OUT' : 'NOT_CONVERGED', {
    path: showResource(key),
    problem: outcome === 'waiting' ? `not there in time: ${message || 'nothing was heard of it'}` : message,
    remedy: `look with: ${toldCommand(`describe ${showResource(key)}`, key)}`,
  });
}
