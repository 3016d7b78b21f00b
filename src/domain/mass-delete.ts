/** More deletes at once need somebody who says how many are meant. */
export const maximumDeletes = 5;

/** Of a tenant: how many are to go without anybody having said at a door that they are meant, of how many there are. */
export interface PendingRemovals {
  readonly unmeant: number;
  readonly among: number;
}

export function isMassDelete({ unmeant }: PendingRemovals): boolean {
  return unmeant > maximumDeletes;
}

/** Why the removal of one of so many waits for a person. */
export function toMassDeleteGate({ unmeant, among }: PendingRemovals): string {
  return `MASS_DELETE: ${unmeant} of ${among} resources are to go at once, limit ${maximumDeletes}`;
}
