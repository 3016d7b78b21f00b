import { resourceOf } from '../domain/freeze.ts';
import { showResource } from '../domain/identity.ts';
import { toldCommand } from '../domain/told-command.ts';
import { effectiveMode, parseMode, type Mode } from '../domain/mode.ts';
import type { Block } from '../domain/run.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { LoadedResource } from './load-resource.ts';
import type { ComparedResource } from './observe-resource.ts';

/** How far the runtime may go on this resource. What is to be removed keeps the mode it had. */
export function modeOf(
  { key, desired, actual }: Pick<LoadedResource, 'key' | 'desired' | 'actual'>,
  { modes }: ActivityDependencies['settings'],
): Mode {
  const said = desired === undefined ? actual?.lastApplied?.mode : parseMode(desired.metadata.annotations);
  return effectiveMode(key, said, modes);
}

/** Why there is no incident about what is to go, and no repair of it. */
export const noLongerWanted = 'it is no longer wanted, and its own run removes it';

/** Why nothing may be started on a resource that differs from what is wanted. Nothing = go ahead. */
export function findHold(
  { settings }: Pick<ActivityDependencies, 'settings'>,
  resource: ComparedResource,
): Block | undefined {
  const { freezes, delta } = resource;
  if (freezes.length > 0) {
    const standing = freezes.toSorted((one, other) => (one.scope < other.scope ? -1 : 1));
    const told = standing.map(({ scope, by, reason }) => `${scope} by ${by}: ${reason}`);
    const frozenBy = standing.map(({ scope }) => scope);
    return {
      code: 'FROZEN',
      message: `${told.join('; ')} — ${frozenBy.map(toResume).join('; ')}`,
      frozenBy,
      retry: false,
    };
  }
  if (modeOf(resource, settings) !== 'observe') return undefined;
  const fields = delta.type === 'update' ? ` ${delta.changes.map(({ path }) => path).join(', ')}` : '';
  const wouldDo = delta.type === 'none' ? '' : `would ${delta.type}${fields}, but `;
  return { code: 'OBSERVE_ONLY', message: `${wouldDo}only observes`, retry: false };
}

/** The command that ends a pause. */
function toResume(scope: string): string {
  const key = resourceOf(scope);
  return key === undefined ? `homeostat resume --scope ${scope}` : toldCommand(`resume ${showResource(key)}`, key);
}

/**
 * Why nothing is tried on what was given to people a while ago: their report says so, and another repair would hide the
 * cause. Ends with its time, with another desired revision, and when it is as desired after all.
 */
export function findLeftAlone({ key, actual, desiredRevision }: LoadedResource, now: number): Block | undefined {
  const left = actual?.status.leftAlone;
  if (left === undefined || left.desiredRevision !== desiredRevision || now >= Date.parse(left.until)) return undefined;
  const message = `${left.reason}; left alone until ${left.until} — ${toldCommand(`retry ${showResource(key)}`, key)}`;
  return { code: 'LEFT_ALONE', message, retry: true, retryAt: left.until };
}
