import { cannotHappen, happened, type Probed } from '../../domain/outcome.ts';
import type { EffectReceipt } from '../driver.ts';
import { createInstanceFolder, type InstanceFolder } from './instance-folder.ts';
import { contentOf, followState, noteOf } from './instance-state.ts';

/**
 * Settles a key: done, or closed to all attempts before this one. There is nothing in between, because an effect and its
 * note are one write. A launcher that was told to start is settled too: either its state is there, or its number is taken.
 */
export async function probeKey(folder: InstanceFolder, key: string, attempt: number): Promise<Probed<EffectReceipt>> {
  const { chain } = folder;
  await createInstanceFolder(folder);
  for (;;) {
    const head = await chain.head();
    const note = noteOf(head, key);
    if (note !== undefined && 'receipt' in note) return happened(note.receipt);
    if (note !== undefined && note.fencedBelow >= attempt) return cannotHappen();
    if (await chain.append(followState(head, contentOf(head), { key, fencedBelow: attempt }))) {
      await chain.prune();
      return cannotHappen();
    }
  }
}
