/**
 * What observing and probing can answer. "Not seen" and "cannot be seen" are different answers on purpose: taking the
 * second for the first is how controllers delete or create what they should not.
 */
export type Observation<Status> =
  | { readonly type: 'present'; readonly status: Status }
  | { readonly type: 'absent' }
  | { readonly type: 'unreachable'; readonly cause: string };

/** The real thing exists and looks like this. */
export function present<Status>(status: Status): Observation<Status> {
  return { type: 'present', status };
}

/** The real thing was looked for where it would be, and is not there. */
export function absent(): Observation<never> {
  return { type: 'absent' };
}

/** Nobody can say: the place could not be asked. Yields neither a create nor a delete, only waiting. */
export function unreachable(cause: string): Observation<never> {
  return { type: 'unreachable', cause };
}

export type Probed<Result> =
  | { readonly type: 'happened'; readonly result: Result }
  | { readonly type: 'cannot-happen' }
  | { readonly type: 'in-progress' }
  | { readonly type: 'unknown' };

/** The effect with this idempotency key took place, with this result. */
export function happened<Result>(result: Result): Probed<Result> {
  return { type: 'happened', result };
}

/** The effect has not taken place and no earlier attempt can still bring it about. */
export function cannotHappen(): Probed<never> {
  return { type: 'cannot-happen' };
}

/** The effect is under way; ask again later. */
export function inProgress(): Probed<never> {
  return { type: 'in-progress' };
}

/** Nobody can say. A person decides: adopt, redo or give up. */
export function unknown(): Probed<never> {
  return { type: 'unknown' };
}
