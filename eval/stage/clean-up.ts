type CleanUp = () => unknown;

const open = new Set<() => Promise<void>>();

/** Notes how to take away what was just made, in case the suite is ended in the middle. Returns what does it, once. */
export function noteCleanUp(cleanUp: CleanUp): () => Promise<void> {
  const once = async (): Promise<void> => {
    if (open.delete(once)) await cleanUp();
  };
  open.add(once);
  return once;
}

/** Takes away all that is left, the newest first. */
export async function cleanUpAll(): Promise<void> {
  for (const one of [...open].toReversed()) await one().catch(() => undefined);
}
