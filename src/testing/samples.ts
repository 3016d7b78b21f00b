import { isSameJson } from '../domain/canonical.ts';
import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { findImmutableChanges } from '../domain/immutable.ts';
import { asStored, isJsonObject, type JsonObject } from '../domain/json.ts';
import type { AnyKind } from '../domain/kind.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import { toJsonSchema } from '../tools/tool-schema.ts';

/** The good specs of a kind that are known: given, or the `examples` in the metadata of its spec schema. */
export function samplesOf(kind: AnyKind, given: readonly object[] | undefined): readonly object[] {
  if (given !== undefined) return given;
  const { examples } = toJsonSchema(kind.spec);
  return Array.isArray(examples) ? examples.filter((example) => isJsonObject(example)) : [];
}

/** Throws what is wrong with samples: too few, not good, read differently the second time, or no update from one to the next. */
export function checkSamples(kind: AnyKind, samples: readonly object[]): void {
  if (samples.length < (isFixed(kind) ? 1 : 2)) {
    throw new HomeostatError('INVALID_KIND', {
      path: `kind ${kind.kind}`,
      problem: 'at least two samples of its spec are needed, the second an update of the first',
      got: samples.length,
      remedy: `give options.samples.${kind.kind}, or spec.meta({ examples: […] })`,
    });
  }
  const specs = samples.map((sample, index) => readTwice(kind, sample, `samples.${kind.kind}[${index}]`));
  for (const [index, spec] of specs.entries()) {
    const before = specs[index - 1];
    if (before === undefined) continue;
    const changes = findImmutableChanges(spec, before, kind.immutable ?? []);
    if (changes.length > 0) throw new HomeostatErrors(changes);
    if (isSameJson(kind.wanted(before), kind.wanted(spec))) {
      throw new HomeostatError('INVALID_KIND', {
        path: `samples.${kind.kind}[${index}]`,
        problem: 'wants the same as the sample before it',
        remedy: 'give one that makes a difference',
      });
    }
  }
}

/** A spec as the runtime reads it; it is read again before each effect, so reading must change nothing the second time. */
function readTwice(kind: AnyKind, sample: object, path: string): JsonObject {
  const once = read(kind, JSON.parse(JSON.stringify(sample)), path);
  const twice = read(kind, once, path);
  if (isSameJson(once, twice)) return once;
  throw new HomeostatError('INVALID_KIND', {
    path: `kind ${kind.kind}.spec`,
    problem: 'reading what it has read gives something else',
    got: twice,
    remedy: 'make defaults and transforms give what they would accept unchanged',
  });
}

function read(kind: AnyKind, value: unknown, path: string): JsonObject {
  const parsed = kind.spec.safeParse(value);
  if (!parsed.success) throw new HomeostatErrors(toFieldErrors(parsed.error, value, kind.spec, path));
  return asStored(parsed.data);
}

/** Whether nothing of a spec can change, so that there is no update. */
function isFixed(kind: AnyKind): boolean {
  const { properties } = toJsonSchema(kind.spec);
  return isJsonObject(properties) && Object.keys(properties).every((field) => kind.immutable?.includes(field));
}
