import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EffectReceipt } from '../driver.ts';
import type { Effect } from './effect.ts';
import { cutLog } from './instance-log.ts';
import { contentOf, scratchOf } from './instance-state.ts';
import type { ProcessHost } from './process-host.ts';
import { makeFoldersWritable, removeTree } from './remove-tree.ts';

/**
 * Makes room on the disk: cuts the log to its end and empties the instance's scratch folders. Everything is freed before
 * anything is written, for on a full disk not even the note that it was done finds room. Doing it twice is doing it once.
 */
export async function clearSpace(effect: Effect, host: ProcessHost): Promise<EffectReceipt> {
  const state = effect.provisioned();
  await effect.check();
  await cutLog(join(effect.folder.path, state.log));
  // Folders are what the spec named when it was put in place: whoever plans has no say in them.
  for (const folder of scratchOf(state.settings)) {
    await effect.check();
    await emptyFolder(join(effect.folder.path, state.root), folder);
  }
  await host.reach({ type: 'files-written' });
  await effect.commit(contentOf(state), {});
  return {};
}

/** Removes what is in a folder, and leaves the folder. One that is not there, or is reached by a link, is left alone. */
async function emptyFolder(root: string, folder: string): Promise<void> {
  let path = root;
  for (const part of folder.split('/')) {
    path = join(path, part);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory() !== true) return;
  }
  await makeFoldersWritable(path);
  await releaseContent(path);
  for (const name of await readdir(path)) await removeTree(join(path, name));
}

/** Empties the files first: one that the program holds open would keep its room after it was removed. */
async function releaseContent(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = await open(join(entry.parentPath, entry.name), constants.O_WRONLY | constants.O_NOFOLLOW).catch(
      () => undefined,
    );
    try {
      // One with a second name may be something else's too.
      if (file !== undefined && (await file.stat()).nlink === 1) await file.truncate();
    } finally {
      await file?.close();
    }
  }
}
