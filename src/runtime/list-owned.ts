import { showResource } from '../domain/identity.ts';
import type { State } from '../state/state.ts';

/** Resources whose real things a host owns, a line each with the process where there is one. */
export async function listOwned(state: State, host: string): Promise<readonly string[]> {
  const all = await state.resources.list();
  return all
    .filter(({ actual }) => actual?.record.status.owner === host && actual.record.status.observed !== undefined)
    .map(({ key, actual }) => {
      const pid = actual?.record.status.observed?.pid;
      return `${key.tenant} ${showResource(key)}${typeof pid === 'number' ? ` (process ${pid})` : ''}`;
    })
    .toSorted();
}
