/**
 * Things that wait for their turn: groups take turns, whatever one has waiting, and within a group who came first goes
 * first. Each call costs the same, however much waits. What waits already is not known to it: who adds sees to that.
 */
export interface FairQueue<Item> {
  add(group: string, item: Item): void;
  /** Whose turn it is; undefined when nothing waits. */
  take(): Item | undefined;
}

export function createFairQueue<Item>(): FairQueue<Item> {
  /** Groups with something waiting; each stands once among the turns. */
  const lines = new Map<string, Line<Item>>();
  const turns = createLine<string>();
  return {
    add(group, item) {
      let line = lines.get(group);
      if (line === undefined) {
        lines.set(group, (line = createLine()));
        turns.push(group);
      }
      line.push(item);
    },
    take() {
      if (turns.isEmpty) return undefined;
      const group = turns.shift();
      const line = lines.get(group)!;
      const item = line.shift();
      if (line.isEmpty) lines.delete(group);
      else turns.push(group);
      return item;
    },
  };
}

interface Line<Item> {
  push(item: Item): void;
  /** Only of a line that is not empty. */
  shift(): Item;
  readonly isEmpty: boolean;
}

interface Link<Item> {
  readonly item: Item;
  next?: Link<Item>;
}

/** Linked, since an array's first is taken at the price of moving all others. */
function createLine<Item>(): Line<Item> {
  let first: Link<Item> | undefined;
  let last: Link<Item> | undefined;
  return {
    push(item) {
      const link: Link<Item> = { item };
      if (last === undefined) first = link;
      else last.next = link;
      last = link;
    },
    shift() {
      const { item, next } = first!;
      first = next;
      if (first === undefined) last = undefined;
      return item;
    },
    get isEmpty() {
      return first === undefined;
    },
  };
}
