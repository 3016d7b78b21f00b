import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, mountSmallDisk } from '../../eval/stage/small-disk.ts';
import { startEtcd, type EtcdProcess } from '../integration/state/etcd-process.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { expectBothCarriedOut, expectNothingBegun, holdTwoPlans } from '../support/two-plans-held.ts';
import { waitFor } from '../support/wait-for.ts';

/** Fault row 24: no room is left on etcd's disk. */
const isDiskThere = canMount();
if (!isDiskThere) console.warn('NOT CHECKED: fault row 24, a full disk (no file system can be mounted here)');

describe.runIf(isDiskThere)('row 24', () => {
  let folder: string;
  let unmount: () => void;
  let etcd: EtcdProcess;
  let bed: FaultBed;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'homeostat-disk-'));
    // etcd takes twice 64 MB for what it is to log next.
    unmount = mountSmallDisk(folder, 160);
    etcd = await startEtcd(`--data-dir=${join(folder, 'etcd')}`);
    bed = await startFaultBed('keyed', { endpoints: [etcd.endpoint] });
  });
  afterAll(async () => {
    await bed?.stop();
    await etcd?.close();
    unmount?.();
    rmSync(folder, { recursive: true, force: true });
  });

  const filler = () => join(folder, 'filler');

  /** With the disk full, until etcd has nowhere to put what it is told. */
  async function fill(): Promise<void> {
    expect(() => {
      for (;;) appendFileSync(filler(), Buffer.alloc(1024 * 1024));
    }).toThrow('ENOSPC');
    const write = (index: number) =>
      bed.servers.state.store.commit([], [{ type: 'put', key: `/filler/${index}`, value: 'x'.repeat(1_000_000) }]);
    let written = 0;
    await waitFor('etcd to fail', () =>
      write((written += 1)).then(
        () => false,
        () => true,
      ),
    );
  }

  test('etcd ends for want of room mid-plan: nothing is begun or repeated, and all goes on when there is room', async () => {
    const plans = await holdTwoPlans(bed);
    const { done, ahead, runtime } = plans;
    await fill();
    runtime.openGate();
    await waitFor('readiness to say so', async () => !(await runtime.health()).ready);
    await sleep(3_000);
    expectNothingBegun(bed, plans);

    rmSync(filler());
    await etcd.kill();
    await etcd.restart();
    await expectBothCarriedOut(bed, plans);
    await bed.checkOracle(done, ahead);
  });
});
