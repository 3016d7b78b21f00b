import { HomeostatError } from './failure.ts';
import type { ResourceKey } from './identity.ts';
import { ownValue } from './own-value.ts';

/**
 * How far the runtime may go on a resource by itself: `observe` reports what differs and does nothing, `propose` lets
 * every plan wait for a person, `act` waits only where a step is dangerous.
 */
export const modes = ['observe', 'propose', 'act'] as const;
export type Mode = (typeof modes)[number];

/** The annotation that sets a resource's mode; it goes before all defaults. */
export const modeAnnotation = 'homeostat.io/mode';

/** What holds where a resource says nothing itself: by kind, else by tenant, else for all. */
export interface ModeDefaults {
  readonly default: Mode;
  readonly kinds: Readonly<Record<string, Mode>>;
  readonly tenants: Readonly<Record<string, Mode>>;
}

/** The mode annotation of a resource, if it has one. Throws `INVALID_VALUE` when it is no mode. */
export function parseMode(annotations: Readonly<Record<string, string>>): Mode | undefined {
  const text = annotations[modeAnnotation];
  const mode = modes.find((candidate) => candidate === text);
  if (text === undefined || mode !== undefined) return mode;
  throw new HomeostatError('INVALID_VALUE', {
    path: `metadata.annotations[${JSON.stringify(modeAnnotation)}]`,
    problem: 'is no mode',
    got: text,
    remedy: `write ${modes.join(', ')}`,
  });
}

/** The mode that holds for a resource whose own is `said`. */
export function effectiveMode({ kind, tenant }: ResourceKey, said: Mode | undefined, defaults: ModeDefaults): Mode {
  return said ?? ownValue(defaults.kinds, kind) ?? ownValue(defaults.tenants, tenant) ?? defaults.default;
}
