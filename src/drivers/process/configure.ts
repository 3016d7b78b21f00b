import { join } from 'node:path';
import type { EffectReceipt, InstanceSettings } from '../driver.ts';
import { limitsOfInstanceType } from '../instance-types.ts';
import { requireRoom } from './disk-room.ts';
import type { Effect } from './effect.ts';
import { contentOf, type ProvisionedContent } from './instance-state.ts';
import { checkPlaces, keepOriginals, writeInstanceFiles } from './instance-files.ts';
import type { ProcessHost } from './process-host.ts';
import { checkSettings } from './provision.ts';

/**
 * Puts settings in place in three steps: note what is wanted, change files and limits, note the key as done. Killed in
 * between, `observe` shows it by the files on the disk and by what is noted; the next attempt goes through it again.
 */
export async function configureInstance(
  effect: Effect,
  host: ProcessHost,
  settings: InstanceSettings,
): Promise<EffectReceipt> {
  const state = effect.provisioned();
  checkSettings(settings);
  await requireRoom(effect.folder.path);
  const { configuring: _, ...content } = contentOf(state) as ProvisionedContent;
  const placed = [...Object.keys(content.settings.files), ...content.obsoleteFiles];
  const configured: ProvisionedContent = {
    ...content,
    // The image is swapped by a replacement, never here.
    settings: { ...settings, image: content.settings.image },
    obsoleteFiles: placed
      .filter((path) => !Object.hasOwn(settings.files, path))
      .filter((path, index, paths) => paths.indexOf(path) === index)
      .toSorted(),
  };
  const root = join(effect.folder.path, content.root);
  await effect.check();
  await checkPlaces(root, Object.keys(settings.files));
  await keepOriginals(
    root,
    Object.keys(settings.files).filter((path) => !placed.includes(path)),
  );
  await effect.commit({ ...configured, configuring: true });
  await host.reach({ type: 'committed' });
  await writeInstanceFiles(root, settings.files, configured.obsoleteFiles, effect.check);
  await host.reach({ type: 'files-written' });
  // Takes hold of a running process at once; the other settings wait for its next start.
  await host.limits.apply(effect.instance, limitsOfInstanceType(settings.type));
  await effect.commit({ ...configured, obsoleteFiles: [] }, {});
  return {};
}
