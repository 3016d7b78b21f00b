import type { Keys } from '../domain/keys.ts';
import type { Beliefs } from './beliefs.ts';
import type { Store } from './store.ts';

/** What every part of the state is made from. */
export interface StateContext {
  readonly store: Store;
  readonly keys: Keys;
  readonly now: () => Date;
  readonly beliefs: Beliefs;
}
