import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkDesired } from '../../../src/activities/check-desired.ts';
import { isFailureCode, toCodedErrors } from '../../../src/domain/failure.ts';
import { parseJson } from '../../../src/domain/parse-json.ts';
import type { Resource } from '../../../src/domain/resource.ts';
import { createKindCheck } from '../../../src/starters/check-against-kind.ts';
import { checkDocument } from '../../../src/starters/checked-document.ts';
import { parseDocuments } from '../../../src/starters/parse-documents.ts';
import { toJsonSchema } from '../../../src/tools/tool-schema.ts';
import { createDatabaseAgent, createDatabaseWorld } from '../../support/database-agent.ts';
import { generateResource } from '../../support/resource-generator.ts';

const { kinds } = createDatabaseAgent(createDatabaseWorld());
const knownKinds = kinds.map(({ kind }) => kind);
const checks = new Map(
  kinds.map(({ kind, spec, immutable = [] }) => [
    kind,
    createKindCheck({ kind, agent: 'databases', immutable, spec: toJsonSchema(spec), status: {} }),
  ]),
);

type Outcome = { readonly accepted: Resource } | { readonly refused: readonly string[] };

/** A value, or coded errors that a person can read; anything else that is thrown fails the test. */
function outcomeOf(text: string, read: () => Resource): Outcome {
  try {
    return { accepted: read() };
  } catch (error) {
    const errors = toCodedErrors(error);
    if (errors.length === 0) throw new Error(`not a coded error, for ${JSON.stringify(text)}`, { cause: error });
    for (const { code, message, remedy } of errors) {
      if (!isFailureCode(code) || remedy === undefined || /[\p{Cc}\p{Cf}\p{Cs}]/u.test(message) || message.length > 600)
        throw new Error(`${JSON.stringify(message)}, for ${JSON.stringify(text)}`, { cause: error });
    }
    return { refused: errors.map(({ code, path }) => `${code} ${path}`) };
  }
}

function apply(text: string): Resource {
  const [document, ...others] = parseDocuments(text, { source: 'x.json' });
  if (others.length > 0) return apply('{');
  const errors: Error[] = [];
  const checked = checkDocument(document!, checks, undefined, (error) => errors.push(error));
  if (checked !== undefined) return checked.resource;
  throw errors[0]!;
}

function put(text: string): Resource {
  const value = parseJson(text) as { metadata?: { tenant?: string; name?: string }; kind?: string };
  // Under whatever key it names: that a key and its value agree is tested by the rows.
  const { tenant = 'default', name = 'a' } = value?.metadata ?? {};
  const kind = kinds.find((one) => one.kind === value?.kind) ?? kinds[0]!;
  return checkDesired(value, { key: { tenant, kind: kind.kind, name }, kind, actual: undefined, knownKinds });
}

/** Each goes through one of the doors, every third through both: what it costs is time of every `npm test`. */
test(
  'of 10,000 generated resources each is accepted or refused with codes, and both doors say the same',
  { timeout: 30_000 },
  () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { text, note, whole } = generateResource(seed);
        const doors = [[apply, put], [apply], [put]][seed % 3]!;
        const [first, second = first] = doors.map((door) => outcomeOf(text, () => door(text)));
        if ('accepted' in first! !== 'accepted' in second! || (whole && 'refused' in first!)) {
          throw new Error(`${JSON.stringify({ first, second })}, for ${JSON.stringify(text)}`);
        }
        if ('refused' in first!) return void (seen.refused += 1);
        seen.accepted += 1;
        const { accepted } = first as { readonly accepted: Resource };
        if (whole && accepted.metadata.annotations.note !== note) throw new Error(`changed: ${text}`);
        if (seen.accepted % 10 > 0) return;
        // What is stored is read again as the same bytes.
        const bytes = JSON.stringify(accepted);
        if (JSON.stringify(apply(bytes)) !== bytes) throw new Error(`does not round-trip: ${text}`);
      }),
      { numRuns: 10_000 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(2_000);
  },
);
