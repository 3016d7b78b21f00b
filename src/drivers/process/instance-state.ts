import { randomBytes } from 'node:crypto';
import { isSameJson } from '../../domain/canonical.ts';
import type { EffectReceipt, InstanceSettings } from '../driver.ts';

/**
 * What the driver knows of one instance: the newest record of its chain of states (`state-chain.ts`). Records are never
 * changed; every effect appends one, which is also where its key is noted. So "the effect took place" and "its key is
 * done" are one and the same write.
 */
export type InstanceState = ProvisionedState | TerminatedState;

/** A process as nobody else can be it: pids are used again, start times within one boot are not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
}

/** One start of the instance's program. */
export interface InstanceRun extends ProcessIdentity {
  readonly startedAt: string;
  /** Key of the effect that started it, also in its environment. */
  readonly key: string;
  /** What it was started with, in force until it is started again. */
  readonly startedWith: Pick<InstanceSettings, 'command' | 'env' | 'ports'>;
  /** Of the files it was started with, as they were on the disk; runs of releases that did not look have none. */
  readonly filesDigest?: string;
  readonly limitsEnforced: boolean;
}

/** What became of a key: done with a receipt, or closed to attempts below a number. */
export type EffectNote =
  { readonly key: string; readonly receipt: EffectReceipt } | { readonly key: string; readonly fencedBelow: number };

interface StateRecord {
  readonly format: 1;
  /** Its number in the chain. */
  readonly version: number;
  readonly id: string;
  /** Id of the state before it; how an appender sees that a newer state was built on its own. */
  readonly follows?: string;
  /** Oldest first, the last {@link keptNotes}. */
  readonly effects: readonly EffectNote[];
}

export interface ProvisionedState extends StateRecord {
  readonly phase: 'provisioned';
  /** `stopped` tells an instance that was asked to stop from one that died. */
  readonly wanted: 'running' | 'stopped';
  readonly settings: InstanceSettings;
  /** Files of earlier settings that may still lie on the disk. */
  readonly obsoleteFiles: readonly string[];
  readonly imageDigest: string;
  /** Names of its folder and its log below the instance's folder; never used for a second incarnation. */
  readonly root: string;
  readonly log: string;
  readonly run?: InstanceRun;
  readonly starts: number;
  /** A configure has begun and is not noted as done: nobody knows which limits what runs has. */
  readonly configuring?: true;
}

/** Not there: never provisioned, or terminated. Kept for its keys, so that a late attempt cannot bring it back. */
interface TerminatedState extends StateRecord {
  readonly phase: 'terminated';
  /** Names below the instance's folder that its removal has still to remove. Absent: none, as far as is known. */
  readonly leftovers?: readonly string[];
}

/** A state without its place in the chain, as effects think of it. */
export type ProvisionedContent = Omit<ProvisionedState, keyof StateRecord>;
export type StateContent = ProvisionedContent | Omit<TerminatedState, keyof StateRecord>;

const keptNotes = 64;

/** The state that follows another, with what it says of a key. */
export function followState(
  previous: InstanceState | undefined,
  content: StateContent,
  note?: EffectNote,
): InstanceState {
  const effects = previous?.effects ?? [];
  return {
    ...content,
    format: 1,
    version: (previous?.version ?? 0) + 1,
    id: randomBytes(6).toString('hex'),
    ...(previous === undefined ? {} : { follows: previous.id }),
    effects: note === undefined ? effects : [...effects.filter(({ key }) => key !== note.key), note].slice(-keptNotes),
  };
}

/** States of releases that knew no scratch folders have none. */
export function scratchOf({ scratch }: Partial<Pick<InstanceSettings, 'scratch'>>): readonly string[] {
  return scratch ?? [];
}

/** The state without its place in the chain. */
export function contentOf(state: InstanceState | undefined): StateContent {
  if (state === undefined) return { phase: 'terminated' };
  const { format: _format, version: _version, id: _id, follows: _follows, effects: _effects, ...content } = state;
  return content;
}

/** Whether two states differ in nothing but their place in the chain and their notes on keys. */
export function isSameContent(left: InstanceState | undefined, right: InstanceState | undefined): boolean {
  return isSameJson(contentOf(left), contentOf(right));
}

export function noteOf(state: InstanceState | undefined, key: string): EffectNote | undefined {
  return state?.effects.find((note) => note.key === key);
}
