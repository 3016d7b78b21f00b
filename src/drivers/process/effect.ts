import { HomeostatError } from '../../domain/failure.ts';
import { toResourcePath, type ResourceKey } from '../../domain/identity.ts';
import type { EffectGrant, EffectReceipt } from '../driver.ts';
import type { InstanceFolder } from './instance-folder.ts';
import {
  followState,
  isSameContent,
  noteOf,
  type EffectNote,
  type InstanceState,
  type ProvisionedState,
  type StateContent,
} from './instance-state.ts';
import { namesOf, removeNames } from './leftovers.ts';

/**
 * One attempt at one effect, bound to the state it began with.
 *
 * It may take as long as it likes over its preparations, because nothing counts until a state is appended, and that
 * fails when anybody else moved since. The one thing that cannot be made conditional is a signal, so {@link check} is
 * asked right before each.
 */
export interface Effect {
  readonly instance: ResourceKey;
  readonly folder: InstanceFolder;
  readonly grant: EffectGrant;
  /** The state it acts on; moves along with what it appends itself. */
  readonly basis: InstanceState | undefined;
  /** The basis; `EFFECT_REFUSED` where there is no instance. */
  provisioned(): ProvisionedState;
  /** Throws when the caller gave up, the key was fenced or done, or the state is not the basis any more. */
  check(): Promise<void>;
  /** Appends what `append` makes of the basis, again on a new one as long as only other keys' notes were in the way. */
  append(append: Append): Promise<InstanceState>;
  /** Appends a state; with a receipt, the key is done by it. */
  commit(content: StateContent, receipt?: EffectReceipt): Promise<InstanceState>;
}

/** Gives the state it appended after `previous`, or undefined when somebody else moved first. */
type Append = (previous: InstanceState | undefined) => Promise<InstanceState | undefined>;

/** Ends an attempt whose key another one has done; {@link attemptEffect} turns it into the receipt. */
class EffectAlreadyDone extends Error {
  readonly receipt: EffectReceipt;
  constructor(receipt: EffectReceipt) {
    super('another attempt did this');
    this.receipt = receipt;
  }
}

const maximumRebases = 20;

/** Runs one attempt. A key that is done gives its receipt again, a fenced one `EFFECT_FENCED`. */
export async function attemptEffect(
  instance: ResourceKey,
  folder: InstanceFolder,
  grant: EffectGrant,
  work: (effect: Effect) => Promise<EffectReceipt>,
): Promise<EffectReceipt> {
  try {
    grant.signal.throwIfAborted();
    return await work(await beginEffect(instance, folder, grant));
  } catch (error) {
    if (error instanceof EffectAlreadyDone) return error.receipt;
    throw error;
  }
}

async function beginEffect(instance: ResourceKey, folder: InstanceFolder, grant: EffectGrant): Promise<Effect> {
  const { chain } = folder;
  let basis = await chain.head();
  admit(basis, grant, instance);

  const rebase = async (): Promise<void> => {
    const head = await chain.head();
    admit(head, grant, instance);
    // A note on another key does not change the instance.
    if (!isSameContent(head, basis)) throw movedMeanwhile(instance);
    basis = head;
  };

  const append = async (attempt: Append): Promise<InstanceState> => {
    const before = basis;
    for (let tries = 0; tries < maximumRebases; tries += 1) {
      const appended = await attempt(basis);
      if (appended !== undefined) {
        basis = appended;
        await chain.prune();
        // What only the state before needed on the disk: its names are used once, so this harms nobody, however late.
        const kept = new Set(namesOf(appended));
        await removeNames(
          folder.path,
          namesOf(before).filter((name) => !kept.has(name)),
        );
        return appended;
      }
      await rebase();
    }
    throw movedMeanwhile(instance);
  };

  return {
    instance,
    folder,
    grant,
    get basis() {
      return basis;
    },
    provisioned() {
      if (basis?.phase === 'provisioned') return basis;
      throw new HomeostatError('EFFECT_REFUSED', {
        path: toResourcePath(instance),
        problem: 'there is no such instance on this host',
        remedy: 'provision it first',
      });
    },
    async check() {
      grant.signal.throwIfAborted();
      await rebase();
    },
    append,
    commit(content, receipt) {
      const note: EffectNote | undefined = receipt === undefined ? undefined : { key: grant.key, receipt };
      return append(async (previous) => {
        const next = followState(previous, content, note);
        return (await chain.append(next)) ? next : undefined;
      });
    },
  };
}

function admit(state: InstanceState | undefined, grant: EffectGrant, instance: ResourceKey): void {
  const note = noteOf(state, grant.key);
  if (note === undefined) return;
  if ('receipt' in note) throw new EffectAlreadyDone(note.receipt);
  if (grant.attempt >= note.fencedBelow) return;
  throw new HomeostatError('EFFECT_FENCED', {
    path: toResourcePath(instance),
    problem: `attempt ${grant.attempt} came too late, a later one has taken over`,
  });
}

function movedMeanwhile(instance: ResourceKey): HomeostatError {
  return new HomeostatError('EFFECT_REFUSED', {
    path: toResourcePath(instance),
    problem: 'the instance was changed by somebody else meanwhile',
    remedy: 'observe it again',
  });
}
