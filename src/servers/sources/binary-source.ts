import { isFitting, oldestFitting } from '../versions.ts';
import type { BinaryName, FindContext, FoundBinary } from '../types.ts';

/** Nothing was found here, and why: shown to people behind the source's label. */
export interface Absent {
  readonly absent: string;
}

/** A version that is too old, in itself or for the data, as nothing found; undefined for one that does. */
export function tooOld(
  name: BinaryName,
  version: string,
  { dataVersion }: FindContext,
  where = '',
): Absent | undefined {
  if (isFitting(name, version, dataVersion)) return undefined;
  return { absent: `${version}${where} is older than ${oldestFitting(name, dataVersion)}` };
}

/** One place where a program may come from. The order of places is decided in `find-binary.ts` alone. */
export interface BinarySource {
  /** What is being tried, as a progress line says it; undefined where the source has nothing for this program. */
  label(name: BinaryName, context: FindContext): string | undefined;

  /** Slow sources fetch or build, under a lock, so that two processes do not do it at once. */
  readonly isSlow: boolean;

  /** It reports steps of its own, so that nobody else need say that it is under way. */
  readonly reportsSteps?: boolean;

  /**
   * Gives a program that fits, or says why there is none. Throws when it should have worked and did not (the next
   * source is tried all the same). May be called again, and by several processes at once.
   */
  find(name: BinaryName, context: FindContext): Promise<FoundBinary | Absent>;
}
