import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDecision, readDecisionSignal, readResolution } from '../../../src/domain/approval.ts';
import { readIssueMessage } from '../../../src/domain/issue.ts';
import { readHint } from '../../../src/domain/messages.ts';
import { runReasons } from '../../../src/domain/needs-run.ts';

/** What may be said to a run, 2,000 of each message: a throw in its reader would fail the run's task for ever. */
const runs = { numRuns: 2_000 };

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const junk = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(undefined, -0, 1e308, '\ud800', new Uint8Array([123]), { $undecodable: true }, 'x'.repeat(3_000)),
);
const orJunk = (meant: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: meant }, junk);

/** Mostly what is meant; a field may be wrong, missing or too many, or all of it something else. */
function toMessage(fields: Fields): fc.Arbitrary<unknown> {
  const names = Object.keys(fields);
  const record = fc.record(Object.fromEntries(names.map((name) => [name, orJunk(fields[name]!)])));
  const change = fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    fc.record({ dropped: fc.constantFrom(...names) }),
    fc.record({ added: fc.constantFrom('__proto__', 'constructor', 'toString', 'extra', '') }),
  ) as fc.Arbitrary<{ readonly dropped?: string; readonly added?: string }>;
  const message = fc.tuple(record, change, junk).map(([value, { dropped, added }, anything]) => {
    const kept = Object.entries(value).filter(([name]) => name !== dropped);
    return Object.fromEntries(added === undefined ? kept : [...kept, [added, anything]]);
  });
  return orJunk(message);
}

const text = fc.string({ maxLength: 40 });
const seal = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('0'.repeat(64), 'a1'.repeat(32)) },
  fc.constantFrom('a'.repeat(63), 'a'.repeat(65), 'A'.repeat(64), `${'a'.repeat(64)}\n`),
);
const approver = fc.string({ minLength: 1, maxLength: 40 });
const said = { seal, approver, reason: text };
const issue = toMessage({
  type: fc.constantFrom('service_down', 'disk_full'),
  resource: fc.constantFrom('Instance/web', 'Database/db-1'),
  severity: fc.constantFrom('info', 'warning', 'critical'),
  summary: approver,
  evidence: fc.array(text, { maxLength: 3 }),
  since: fc.constantFrom('2026-11-21T09:00:00Z', '2026-11-21'),
});

/** What a reader took for a message; nothing where it says why not. */
const taken = <Message>(read: { fits: true; message: Message } | { fits: false; faults: readonly object[] }) => {
  if (read.fits) return read.message;
  if (read.faults.length === 0) throw new Error('refused, and nobody says why');
  return undefined;
};

test.each<{ name: string; message: fc.Arbitrary<unknown>; read: (value: unknown) => object | undefined }>([
  {
    name: 'a hint',
    message: toMessage({ desiredRevision: fc.nat(), reason: fc.constantFrom(...runReasons), owner: text }),
    read: readHint,
  },
  { name: 'an approval', message: toMessage(said), read: (value) => taken(readDecisionSignal(value)) },
  {
    name: 'a decision',
    message: toMessage({ ...said, verdict: fc.constantFrom('approved', 'rejected') }),
    read: (value) => taken(readDecision(value)),
  },
  {
    name: 'a resolution',
    message: toMessage({
      seal,
      approver,
      step: fc.constantFrom('s1', 's50'),
      choice: fc.constantFrom('adopt', 'redo', 'give_up'),
    }),
    read: (value) => taken(readResolution(value)),
  },
  {
    name: 'an issue',
    message: toMessage({ status: fc.constantFrom('firing', 'resolved'), issue }),
    read: readIssueMessage,
  },
])('whatever comes for $name is refused, or is a message that is read again as the same', ({ message, read }) => {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(message, (value) => {
      const first = read(value);
      if (first === undefined) return void (seen.refused += 1);
      seen.accepted += 1;
      const bytes = JSON.stringify(first);
      if (JSON.stringify(read(JSON.parse(bytes))) !== bytes) throw new Error(`read again as another: ${bytes}`);
    }),
    runs,
  );
  expect(Math.min(seen.accepted, seen.refused), JSON.stringify(seen)).toBeGreaterThan(300);
});
