/** In this order: who starts things again goes first, then what runs, then where it ran. */
const orders = ['keeper', 'trial', 'place'] as const;
type Order = (typeof orders)[number];

const open = new Map<() => Promise<void>, Order>();

/** Notes how to take away what was just made, in case the suite is ended in the middle. Returns what does it, once. */
export function noteCleanUp(order: Order, cleanUp: () => unknown): () => Promise<void> {
  const once = async (): Promise<void> => {
    if (open.delete(once)) await cleanUp();
  };
  open.set(once, order);
  return once;
}

/** Takes away all that is left. */
export async function cleanUpAll(): Promise<void> {
  for (const order of orders) {
    const due = [...open].filter(([, its]) => its === order);
    await Promise.allSettled(due.map(async ([once]) => once()));
  }
}
