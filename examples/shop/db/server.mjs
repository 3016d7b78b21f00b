// shop-db: a tiny key-value store over HTTP. Every change is on the disk, in `journal.jsonl`, before it is answered; at the
// start the journal is read back. It only ever grows: this is an example, not a database.
import { appendFileSync, fdatasyncSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { failure, recordStart, serve } from './service.mjs';

const journalFile = 'journal.jsonl';
const keyPattern = /^[A-Za-z0-9._-]{1,100}$/;

const facts = recordStart();
let values = new Map();
let journal;

const routes = {
  'GET /healthz': async () => ({ body: { ok: true } }),
  'GET /info': async () => ({ body: { ...facts, keys: values.size } }),
  'GET /keys': async () => ({ body: { entries: [...values].map(([key, value]) => ({ key, value })) } }),
  'GET /keys/*': async ({ rest: key }) => {
    if (!values.has(key)) throw failure(404, `no such key: ${key}`);
    return { body: { key, value: values.get(key) } };
  },
  'PUT /keys/*': async ({ rest: key, body }) => {
    if (!keyPattern.test(key)) throw failure(400, 'a key is 1 to 100 of A-Z a-z 0-9 . _ -');
    const value = await body();
    write({ op: 'put', key, value });
    return { body: { key, value } };
  },
  'DELETE /keys/*': async ({ rest: key }) => {
    if (values.has(key)) write({ op: 'delete', key });
    return { body: { key } };
  },
};

// The port is the lock: only who has it touches the journal.
serve('db', 7401, routes, () => {
  values = readJournal();
  journal = openSync(journalFile, 'a');
});

function write(change) {
  appendFileSync(journal, `${JSON.stringify(change)}\n`);
  fdatasyncSync(journal);
  apply(values, change);
}

function apply(target, { op, key, value }) {
  if (op === 'put') target.set(key, value);
  else target.delete(key);
}

function readJournal() {
  const restored = new Map();
  const bytes = readBytes();
  // What comes after the last line end was never answered: a kill came in between. It goes, or the next line would join it.
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) truncateSync(journalFile, whole);
  for (const line of bytes.toString('utf8', 0, whole).split('\n')) {
    if (line !== '') apply(restored, JSON.parse(line));
  }
  return restored;
}

function readBytes() {
  try {
    return readFileSync(journalFile);
  } catch (error) {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
