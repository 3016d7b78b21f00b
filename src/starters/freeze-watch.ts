import { isScope } from '../domain/freeze.ts';
import type { PrefixWatch } from '../state/prefix-watch.ts';
import { createLoggedWatch, type LoggedWatchOptions } from './logged-watch.ts';
import type { MalformedKeys } from './malformed-keys.ts';

export interface FreezeWatchOptions extends Pick<LoggedWatchOptions, 'connection' | 'prefix' | 'log'> {
  readonly malformed: MalformedKeys;
  /** The scopes of all freezes that stand, after each list and each event; the same set each time. */
  readonly onChange: (scopes: ReadonlySet<string>) => void;
}

const noScopeMessage =
  'not a scope, so this freeze holds nothing — write freeze/all, freeze/tenant/<tenant>, freeze/agent/<agent>, freeze/kind/<Kind> or freeze/resource/<tenant>/<Kind>/<name>';

/** Watches which scopes are frozen. */
export function createFreezeWatch({ malformed, onChange, ...options }: FreezeWatchOptions): PrefixWatch {
  const scopes = new Set<string>();
  const note = (storeKey: string, deleted: boolean) => {
    const scope = storeKey.slice(options.prefix.length);
    if (!isScope(scope)) malformed.note(storeKey, deleted, noScopeMessage);
    else if (deleted) scopes.delete(scope);
    else scopes.add(scope);
  };
  return createLoggedWatch({
    ...options,
    withoutValues: true,
    onList(entries) {
      if (entries === 'unchanged') return;
      scopes.clear();
      for (const { key } of entries) note(key, false);
      onChange(scopes);
    },
    onEvent({ type, key }) {
      note(key, type === 'delete');
      onChange(scopes);
    },
  });
}
