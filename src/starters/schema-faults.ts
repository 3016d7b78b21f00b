import type { ErrorObject } from 'ajv/dist/2020.js';
import type { HomeostatError } from '../domain/failure.ts';
import {
  badKey,
  doesNotFit,
  missingField,
  notOneOf,
  oneEach,
  outOfRange,
  toBound,
  tooManyItems,
  unknownField,
  wrongFormat,
  wrongLength,
  wrongType,
} from '../domain/field-errors.ts';
import { isJsonObject } from '../domain/json.ts';

/** More would hide what matters. */
const maximumFaults = 20;

/**
 * What a JSON Schema validator found, as coded errors with the path of the fault: the counterpart of the domain's
 * `toFieldErrors` for kinds that are known only by their published schema. `value` is what was checked.
 */
export function toSchemaFaults(found: readonly ErrorObject[], value: unknown, root: string): readonly HomeostatError[] {
  const faults = withoutBranches(found);
  // What the values are says more than of which type they are.
  const [sets, others] = [true, false].map((isSet) =>
    faults.filter(({ keyword }) => ['enum', 'const'].includes(keyword) === isSet),
  );
  return oneEach([...sets!, ...others!].map((fault) => toCodedError(fault, value, root))).slice(0, maximumFaults);
}

/** Of a union only the branch that was meant is worth showing. */
function withoutBranches(found: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = found.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const outer = unions.find((union) => !unions.some((other) => other !== union && isBelow(union, other)));
  if (outer === undefined) return found.filter(({ keyword }) => keyword !== 'propertyNames');
  const inside = found.filter((fault) => isBelow(fault, outer));
  const outside = found.filter((fault) => fault !== outer && !inside.includes(fault));
  return [...withoutBranches(outside), ...meantBranch(inside, outer)];
}

function isBelow(fault: ErrorObject, union: ErrorObject): boolean {
  return fault !== union && fault.schemaPath.startsWith(`${union.schemaPath}/`);
}

function meantBranch(inside: readonly ErrorObject[], union: ErrorObject): readonly ErrorObject[] {
  const branches = Map.groupBy(
    inside,
    ({ schemaPath }) => schemaPath.slice(union.schemaPath.length + 1).split('/', 1)[0]!,
  );
  // A tag that does not fit, or a value of another type, says that the branch was not meant.
  const possible = [...branches.values()].filter((faults) => !faults.some((fault) => isMismatch(fault, union)));
  const [nearest] = possible.toSorted((left, right) => left.length - right.length);
  if (nearest !== undefined) return withoutBranches(nearest);
  const tags = inside.filter((fault) => fault.keyword === 'const' && fault.instancePath !== union.instancePath);
  const [tag] = tags;
  if (tag === undefined) return [toOneType(inside, union)];
  const allowedValues = tags
    .filter(({ instancePath }) => instancePath === tag.instancePath)
    .map(({ params }) => params.allowedValue as unknown);
  return [{ ...tag, keyword: 'enum', params: { allowedValues } }];
}

/** No branch is of the value's type: what the types are. */
function toOneType(inside: readonly ErrorObject[], union: ErrorObject): ErrorObject {
  const mismatches = inside.filter((fault) => fault.keyword === 'type' && fault.instancePath === union.instancePath);
  if (mismatches.length === 0) return union;
  return { ...mismatches[0]!, params: { type: mismatches.flatMap(({ params }) => params.type as string | string[]) } };
}

function isMismatch({ keyword, instancePath, schemaPath }: ErrorObject, union: ErrorObject): boolean {
  if (keyword === 'type') return instancePath === union.instancePath;
  const depth = schemaPath.slice(union.schemaPath.length + 1).split('/').length;
  return keyword === 'const' && depth <= 4;
}

function toCodedError(fault: ErrorObject, value: unknown, root: string): HomeostatError {
  const { keyword, params, data } = fault;
  const path = toPath(fault.instancePath, value, root);
  if (fault.propertyName !== undefined) return badKey(`${path}.${fault.propertyName}`, fault.message ?? 'does not fit');
  const limit = Number(params.limit);
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const field = String(params.additionalProperty ?? params.unevaluatedProperty);
      return unknownField(`${path}.${field}`, field, fieldsOf(fault.parentSchema));
    }
    case 'required':
      return missingField(`${path}.${String(params.missingProperty)}`);
    case 'type':
      return wrongType(path, [params.type as string | string[]].flat(), data);
    case 'minimum':
      return outOfRange(path, toBound('least', limit), data);
    case 'maximum':
      return outOfRange(path, toBound('most', limit), data);
    case 'exclusiveMinimum':
      return outOfRange(path, toBound('least', limit, true), data);
    case 'exclusiveMaximum':
      return outOfRange(path, toBound('most', limit, true), data);
    case 'multipleOf':
      return outOfRange(path, `a multiple of ${String(params.multipleOf)}`, data);
    case 'maxItems':
    case 'maxProperties':
      return tooManyItems(path, limit);
    case 'minItems':
      return wrongLength(path, toBound('least', limit), 'items', data);
    case 'minLength':
      return wrongLength(path, toBound('least', limit), 'characters', data);
    case 'maxLength':
      return wrongLength(path, toBound('most', limit), 'characters', data);
    case 'enum':
      return notOneOf(path, params.allowedValues as unknown[], data);
    case 'const':
      return notOneOf(path, [params.allowedValue], data);
    case 'pattern':
      return wrongFormat(path, fault.parentSchema?.format, fault.message ?? 'does not fit', data);
    default:
      return doesNotFit(path, fault.message ?? 'does not fit', data);
  }
}

function fieldsOf(schema: unknown): readonly string[] {
  return isJsonObject(schema) && isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
}

/** `/ports/0/port` as `spec.ports[0].port`. */
function toPath(pointer: string, value: unknown, root: string): string {
  let path = root;
  let current = value;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path += Array.isArray(current) ? `[${name}]` : `.${name}`;
    current = (current as Record<string, unknown> | undefined)?.[name];
  }
  return path;
}
