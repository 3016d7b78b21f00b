import { HomeostatError } from './failure.ts';
import { isDnsLabel, isKindName, toResourcePath, fromResourcePath, type ResourceKey } from './identity.ts';

/** The value of `freeze/<scope>`: nothing is started within the scope while it stands. */
export interface Freeze {
  readonly by: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
}

/** A freeze with where it holds. */
export interface StandingFreeze extends Freeze {
  readonly scope: string;
}

/** Scopes that cover a resource, widest first: `all`, `tenant/<t>`, `agent/<a>`, `kind/<K>`, `resource/<t>/<K>/<n>`. */
export function scopesOf(key: ResourceKey, agent: string): readonly string[] {
  return ['all', `tenant/${key.tenant}`, `agent/${agent}`, `kind/${key.kind}`, resourceScope(key)];
}

/** The scope of a pause: one resource. */
export function resourceScope(key: ResourceKey): string {
  return `resource/${toResourcePath(key)}`;
}

/** The one resource a scope is the pause of. */
export function resourceOf(scope: string): ResourceKey | undefined {
  return scope.startsWith('resource/') ? fromResourcePath(scope.slice('resource/'.length)) : undefined;
}

/** Whether a text has the form of a scope; what has not is obeyed by nobody. Which kinds and agents there are is not looked at. */
export function isScope(text: string): boolean {
  const [type, name = '', ...rest] = text.split('/');
  return (
    text === 'all' ||
    resourceOf(text) !== undefined ||
    (rest.length === 0 && type === 'kind' && isKindName(name)) ||
    (rest.length === 0 && (type === 'tenant' || type === 'agent') && isDnsLabel(name))
  );
}

/** A scope as a person or a stranger's key spells it. Throws `INVALID_VALUE` naming the forms there are. */
export function parseScope(text: string): string {
  if (isScope(text)) return text;
  throw new HomeostatError('INVALID_VALUE', {
    path: 'scope',
    problem: 'is no scope',
    got: text,
    remedy: 'write all, tenant/<tenant>, agent/<agent>, kind/<Kind> or resource/<tenant>/<Kind>/<name>',
  });
}
