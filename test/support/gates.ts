import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Gates stop a runtime under test at an exact line, so that it can be killed or frozen there. `HOMEOSTAT_TEST_GATE` is
 * `<folder>|<gate>|<n>`: at the n-th passing of that gate the process leaves a mark and waits to be let through.
 */
export const gateNames = ['before-effect', 'after-effect', 'before-report'] as const;
export type GateName = (typeof gateNames)[number];

const [folder, wanted, count] = (process.env.HOMEOSTAT_TEST_GATE ?? '').split('|');
let passed = 0;

export async function passTestGate(name: GateName): Promise<void> {
  if (folder === undefined || wanted !== name) return;
  passed += 1;
  if (passed !== Number(count)) return;
  writeFileSync(join(folder, 'reached'), `${process.pid}`);
  while (!existsSync(join(folder, 'open'))) await sleep(10);
}
