import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Activities } from '../../src/activities/create-activities.ts';
import type { Milestone } from '../../src/drivers/process/process-host.ts';

/**
 * Gates stop a runtime under test at an exact line, so that it can be killed or frozen there. `HOMEOSTAT_TEST_GATE` is
 * `<folder>|<gate>|<n>|<external name>`, several of them separated by `;`: at the n-th passing of that gate, by that
 * resource alone if one is named, the passer leaves a mark and waits to be let through. Others go on meanwhile.
 */
export const gateNames = ['before-effect', 'after-effect', 'before-report', 'after-report'] as const;
export type GateName =
  | (typeof gateNames)[number]
  | 'before-hint'
  | `instance-${Milestone['type']}`
  | `begin-${keyof Activities}`
  | `end-${keyof Activities}`;

interface Gate {
  readonly folder: string;
  readonly name: string;
  readonly count: number;
  readonly on: string;
  passed: number;
}

const gates: readonly Gate[] = (process.env.HOMEOSTAT_TEST_GATE ?? '')
  .split(';')
  .filter((text) => text !== '')
  .map((text) => {
    const [folder = '', name = '', count, on = ''] = text.split('|');
    return { folder, name, count: Number(count), on, passed: 0 };
  });

/** External name of the resource whose activity runs. */
export const passingResource = new AsyncLocalStorage<string>();

export async function passTestGate(name: GateName): Promise<void> {
  for (const gate of gates) {
    if (gate.name !== name || (gate.on !== '' && gate.on !== passingResource.getStore())) continue;
    gate.passed += 1;
    if (gate.passed !== gate.count) continue;
    writeFileSync(join(gate.folder, 'reached'), `${process.pid}`);
    while (!existsSync(join(gate.folder, 'open'))) await sleep(25);
  }
}
