import { findImmutableChanges } from '../domain/immutable.ts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ActualRecord } from '../domain/actual.ts';
import { HomeostatError } from '../domain/failure.ts';
import { type JsonObject } from '../domain/json.ts';
import type { PublishedKind } from '../domain/published.ts';
import { toSchemaFaults } from './schema-faults.ts';

export interface CheckedSpec {
  readonly errors: readonly HomeostatError[];
  /** With the schema's defaults filled in: what two specs are compared by. */
  readonly spec: JsonObject;
}

/** Checks specs against one published kind. */
export interface KindCheck {
  readonly kind: PublishedKind;
  /** Throws `INVALID_KIND` when what was published is no JSON Schema. */
  checkSpec(spec: JsonObject): CheckedSpec;
  /** The immutable fields that a filled-in spec would change. */
  checkImmutable(spec: JsonObject, actual: ActualRecord | undefined): readonly HomeostatError[];
}

/** Compiles the schema when it is first needed: a kind somebody broke stands in nobody else's way. */
export function createKindCheck(kind: PublishedKind): KindCheck {
  let validate: ValidateFunction | undefined;
  return {
    kind,
    checkSpec(spec) {
      validate ??= compile(kind);
      // The validator fills defaults into what it is given; what a person wrote stays as it is.
      const filled = structuredClone(spec);
      return validate(filled)
        ? { errors: [], spec: filled }
        : { errors: toSchemaFaults(validate.errors ?? [], spec, 'spec'), spec: filled };
    },
    checkImmutable: (spec, actual) => findImmutableChanges(spec, actual?.lastApplied?.spec, kind.immutable),
  };
}

// What a kind checks of a format it publishes as a pattern beside it. A list of formats here would refuse what it takes.
const options = {
  allErrors: true,
  verbose: true,
  strict: false,
  useDefaults: true,
  validateFormats: false,
  logger: false,
} as const;

/** Knows what a JSON Schema is: compiled once for all kinds, because that costs ten times what a kind's own schema does. */
const metaSchema = new Ajv2020(options);

/** Each kind has a compiler of its own, so that no `$id` in one stands in the way of another. */
function compile({ kind, spec }: PublishedKind): ValidateFunction {
  try {
    // Throws when it is none.
    void metaSchema.validateSchema(spec, true);
    return compileChecked(spec);
  } catch (error) {
    throw new HomeostatError('INVALID_KIND', {
      path: `kinds/${kind}`,
      problem: 'its published schema is no JSON Schema',
      remedy: 'start a runtime that publishes it again',
      cause: error,
    });
  }
}

function compileChecked(spec: JsonObject): ValidateFunction {
  const checked = { ...options, validateSchema: false };
  try {
    return new Ajv2020(checked).compile(spec);
  } catch {
    // Patterns made without the flag u need not be valid with it.
    return new Ajv2020({ ...checked, unicodeRegExp: false }).compile(spec);
  }
}
