import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedConfig } from '../config/load-config.ts';
import { showResource } from '../domain/identity.ts';
import { connectRunSteps } from '../starters/connect-run-steps.ts';
import { connectState } from '../starters/connect-state.ts';
import { parseDocuments } from '../starters/parse-documents.ts';
import { createReadDoor } from '../starters/read-door.ts';
import { createResourceDoor } from '../starters/resource-door.ts';
import { followResources } from './follow.ts';
import { createLiveLines } from './live-lines.ts';

const exampleFolder = join('examples', 'shop');
const patienceMs = 120_000;

/** Gives an empty store the shop, and shows how it converges, live. Does nothing where anything is desired already. */
export async function showExampleIfEmpty(config: LoadedConfig, signal: AbortSignal): Promise<void> {
  if (!existsSync(exampleFolder)) return;
  const state = connectState(config);
  const read = createReadDoor(state);
  const steps = connectRunSteps(config);
  const lines = createLiveLines(process.stdout);
  const { say } = lines;
  try {
    if ((await read.list()).length > 0) return;
    say(`The store is empty: applying ${exampleFolder} (db ← api ← web)`);
    const applied = await createResourceDoor(state).apply(readExample());
    const resources = applied.map(({ key }) => key);
    const followed = await followResources({
      read,
      steps,
      resources,
      goalOf: () => ({ type: 'converged' }),
      timeoutMs: patienceMs,
      lines,
      signal,
    });
    const good = followed.filter(({ outcome }) => outcome === 'arrived');
    say(`\n${good.length} of ${followed.length} converged: ${good.map(({ key }) => showResource(key)).join(', ')}`);
    say(
      good.length === followed.length
        ? 'The shop: http://127.0.0.1:7403/'
        : 'See why with: npm run homeostat -- describe <Kind/name>',
    );
  } finally {
    await steps.close();
    await state.close();
  }
}

function readExample() {
  return readdirSync(exampleFolder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => {
      const source = join(exampleFolder, file);
      return parseDocuments(readFileSync(source, 'utf8'), { source });
    });
}
