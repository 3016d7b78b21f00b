import type { LoadedConfig } from '../config/load-config.ts';
import { describeThrown, escapeControls } from '../domain/failure.ts';
import { connectState } from '../starters/connect-state.ts';
import { createReadDoor } from '../starters/read-door.ts';

/** More would hide what else the doctor says. */
const shownKeys = 5;

/** Whether all that stands below `desired/` in the store names a resource; what does not starts nothing. */
export async function checkKeys(config: LoadedConfig): Promise<{ readonly ok: boolean; readonly detail: string }> {
  let state: ReturnType<typeof connectState> | undefined;
  try {
    state = connectState(config);
    const malformed = await createReadDoor(state).malformedKeys();
    if (malformed.length === 0) return { ok: true, detail: 'every key names a resource' };
    const shown = malformed.slice(0, shownKeys).map((key) => escapeControls(key.slice(0, 200)));
    const more = malformed.length > shown.length ? ` and ${malformed.length - shown.length} more` : '';
    return {
      ok: false,
      detail: `not well formed, so nobody acts on it: ${shown.join(', ')}${more} — write desired/<tenant>/<Kind>/<name> and delete the wrong key`,
    };
  } catch (error) {
    return { ok: false, detail: `cannot be read: ${escapeControls(describeThrown(error))}` };
  } finally {
    await state?.close();
  }
}
