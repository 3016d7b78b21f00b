import { isJsonObject } from './json.ts';
import { ownValue } from './own-value.ts';

/** Where a message does not fit (a field, or `$` for all of it), and why. */
export interface MessageFault {
  readonly path: string;
  readonly problem: string;
}

export type ReadMessage<Message> =
  | { readonly fits: true; readonly message: Message }
  | { readonly fits: false; readonly faults: readonly MessageFault[] };

/** What one field of a message must be. One that may be missing has what then stands for it, or is optional. */
export interface FieldShape {
  readonly fits: (value: unknown) => boolean;
  /** `must be …` */
  readonly problem: string;
  readonly fallback?: string;
  readonly optional?: true;
}

/** The fields of a message; it may have no others. */
export type MessageShape<Message> = { readonly [Field in keyof Message]-?: FieldShape };

/**
 * Checks a message by its shape. In place of a schema library, because runs check with it too: what workflow code imports
 * is evaluated once for each run, and zod alone was most of what a run cost its worker. Never throws.
 */
export function readMessage<Message extends object>(
  value: unknown,
  shape: MessageShape<Message>,
): ReadMessage<Message> {
  if (!isJsonObject(value)) return { fits: false, faults: [{ path: '$', problem: 'must be an object' }] };
  const faults: MessageFault[] = Object.keys(value)
    .filter((field) => !Object.hasOwn(shape, field))
    .map((path) => ({ path, problem: 'no such field' }));
  const message: Record<string, unknown> = {};
  for (const [field, rule] of Object.entries<FieldShape>(shape)) {
    const given = ownValue(value, field);
    const taken = given === undefined ? rule.fallback : given;
    if (taken === undefined && rule.optional === true) continue;
    if (taken === undefined) faults.push({ path: field, problem: 'is required' });
    else if (!rule.fits(taken)) faults.push({ path: field, problem: rule.problem });
    else message[field] = taken;
  }
  return faults.length > 0 ? { fits: false, faults } : { fits: true, message: message as Message };
}

/** Text that fits a pattern. */
export function textLike(pattern: RegExp, problem: string): FieldShape {
  return { fits: (value) => typeof value === 'string' && pattern.test(value), problem };
}

/** Text of so many characters. */
export function textOf(least: number, most: number): FieldShape {
  return {
    fits: (value) => typeof value === 'string' && value.length >= least && value.length <= most,
    problem: `must be text of ${least} to ${most} characters`,
  };
}

export function oneOf(values: readonly string[]): FieldShape {
  return {
    fits: (value) => typeof value === 'string' && values.includes(value),
    problem: `must be one of ${values.join(', ')}`,
  };
}
