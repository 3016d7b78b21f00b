import { sleep } from '@temporalio/workflow';

/** Under our name, and nothing like ours: a run of a version whose history no other version can repeat. */
export async function reconcile(): Promise<void> {
  await sleep('1h');
}
