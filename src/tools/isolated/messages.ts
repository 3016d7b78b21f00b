import {
  describeThrown,
  HomeostatError,
  HomeostatErrors,
  toCodedErrors,
  type FailureCode,
} from '../../domain/failure.ts';
import type { ToolContext } from '../tool.ts';

/** What goes from the runtime to the process of an isolated tool. */
export type ToTool =
  | {
      readonly type: 'call';
      /** URL of the module whose `execute` is called. */
      readonly module: string;
      readonly context: Pick<ToolContext, 'idempotencyKey' | 'attempt' | 'externalName' | 'resource'>;
      readonly parameters: unknown;
    }
  | { readonly type: 'secret'; readonly id: number; readonly outcome: Outcome }
  | { readonly type: 'abort'; readonly reason: Thrown };

/** What comes back. After `answer` nothing does: the process is ended. */
export type FromTool =
  | { readonly type: 'log'; readonly level: 'info' | 'warn'; readonly fields: object; readonly message: string }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'secret'; readonly id: number; readonly name: string }
  | { readonly type: 'answer'; readonly outcome: Outcome };

/** How a call ended, as data. */
export type Outcome = { readonly value: unknown } | { readonly thrown: Thrown };

interface Thrown {
  readonly message: string;
  /** The coded errors in it; none of what was thrown without a code. */
  readonly coded: readonly {
    readonly code: FailureCode;
    /** All of it, with what was found, as it may be shown. */
    readonly message: string;
    readonly path: string;
    readonly problem: string;
    readonly remedy?: string;
  }[];
}

export async function toOutcome(body: () => Promise<unknown>): Promise<Outcome> {
  try {
    // Copied here, so that what cannot be sent is an error of the call.
    return { value: structuredClone(await body()) };
  } catch (error) {
    return { thrown: toThrown(error) };
  }
}

/** The value, or throws what was thrown on the other side: coded errors as such, others by their message. */
export function fromOutcome(outcome: Outcome): unknown {
  if ('value' in outcome) return outcome.value;
  throw fromThrown(outcome.thrown);
}

export function toThrown(error: unknown): Thrown {
  const coded = toCodedErrors(error).map(({ code, message, path, problem, remedy }) => ({
    code,
    message,
    path,
    problem,
    ...(remedy === undefined ? {} : { remedy }),
  }));
  return { message: describeThrown(error), coded };
}

export function fromThrown({ message, coded }: Thrown): Error {
  const [first, ...others] = coded.map(({ code, message, ...details }) =>
    Object.assign(new HomeostatError(code, details), { message }),
  );
  if (first === undefined) return new Error(message);
  return others.length === 0 ? first : new HomeostatErrors([first, ...others]);
}
