import { createKeys } from '../../src/domain/keys.ts';
import { createState } from '../../src/state/state.ts';
import { desiredValue, keyOf } from './settlements.ts';

/**
 * Writes desired values as fast as etcd takes them: `node watch-writer.ts <endpoint> <root> <count>`. No resource stands
 * twice in a transaction, so who watches can tell its values by their revisions.
 */
const [endpoint, root, countText] = process.argv.slice(2);
if (endpoint === undefined || root === undefined) throw new Error('usage: watch-writer.ts <endpoint> <root> <count>');

const count = Number(countText);
const keyCount = 1_000;
const putsAtOnce = 100;
const transactionsAtOnce = 4;

const keys = createKeys(root);
const state = createState({ endpoints: [endpoint] }, keys);
let written = 0;
const write = async () => {
  while (written < count) {
    const from = written;
    written = Math.min(count, from + putsAtOnce);
    const writes = Array.from({ length: written - from }, (_, index) => {
      const key = keyOf(`web-${(from + index) % keyCount}`);
      return { type: 'put', key: keys.desired(key), value: desiredValue(key, { size: from + index }) } as const;
    });
    await state.store.commit([], writes);
  }
};
await Promise.all(Array.from({ length: transactionsAtOnce }, write));
await state.close();
