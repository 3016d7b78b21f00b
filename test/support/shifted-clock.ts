/**
 * Loaded before all else by `node --import`, in a process whose clock is to be wrong by HOMEOSTAT_TEST_CLOCK_MS: whatever it
 * asks of the date is that much ahead, or behind. The clock that only runs on stays as it is.
 */
const offsetMs = Number(process.env.HOMEOSTAT_TEST_CLOCK_MS);
const RealDate = Date;

class ShiftedDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(ShiftedDate.now());
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
