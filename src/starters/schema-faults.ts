import type { ErrorObject } from 'ajv/dist/2020.js';
import { closestOf } from '../domain/closest.ts';
import { HomeostatError } from '../domain/failure.ts';
import { isJsonObject } from '../domain/json.ts';

/** More would hide what matters. */
const maximumFaults = 20;

/**
 * What a JSON Schema validator found, as coded errors with the path of the fault: the counterpart of the domain's
 * `toFieldErrors` for kinds that are known only by their published schema. `value` is what was checked.
 */
export function toSchemaFaults(found: readonly ErrorObject[], value: unknown, root: string): readonly HomeostatError[] {
  const faults = withoutBranches(found).map((fault) => toCodedError(fault, value, root));
  const unique = new Map(faults.map((fault) => [fault.message, fault]));
  return [...unique.values()].slice(0, maximumFaults);
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
  if (tag === undefined) return [union];
  const allowedValues = tags
    .filter(({ instancePath }) => instancePath === tag.instancePath)
    .map(({ params }) => params.allowedValue as unknown);
  return [{ ...tag, keyword: 'enum', params: { allowedValues } }];
}

function isMismatch({ keyword, instancePath, schemaPath }: ErrorObject, union: ErrorObject): boolean {
  if (keyword === 'type') return instancePath === union.instancePath;
  const depth = schemaPath.slice(union.schemaPath.length + 1).split('/').length;
  return keyword === 'const' && depth <= 4;
}

function toCodedError(fault: ErrorObject, value: unknown, root: string): HomeostatError {
  const { keyword, params, data } = fault;
  const path = toPath(fault.instancePath, value, root);
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const field = String(params.additionalProperty ?? params.unevaluatedProperty);
      return new HomeostatError('UNKNOWN_FIELD', {
        path: `${path}.${field}`,
        problem: 'no such field',
        remedy: toRemedy(field, fieldsOf(fault.parentSchema), 'use one of') ?? 'remove it',
      });
    }
    case 'required':
      return new HomeostatError('MISSING_FIELD', {
        path: `${path}.${String(params.missingProperty)}`,
        problem: 'is required',
        remedy: 'add it',
      });
    case 'type': {
      const types = [params.type as string | string[]].flat();
      const isNumber = types.some((type) => type === 'number' || type === 'integer');
      return new HomeostatError(isNumber ? 'INVALID_NUMBER' : 'INVALID_VALUE', {
        path,
        problem: `expected ${types.map((type) => typeWords[type] ?? type).join(' or ')}`,
        got: data,
      });
    }
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
    case 'multipleOf':
      return new HomeostatError('INVALID_NUMBER', { path, problem: fault.message ?? 'out of range', got: data });
    case 'maxItems':
    case 'maxProperties':
      return new HomeostatError('TOO_MANY_ITEMS', { path, problem: `more than ${String(params.limit)}` });
    case 'enum':
    case 'const': {
      const allowed = ((params.allowedValues as unknown[] | undefined) ?? [params.allowedValue]).map(String);
      const remedy = toRemedy(String(data), allowed, 'choose one of');
      return new HomeostatError('INVALID_VALUE', {
        path,
        problem: 'not one of the values',
        got: data,
        ...(remedy === undefined ? {} : { remedy }),
      });
    }
    default:
      return new HomeostatError('INVALID_VALUE', {
        path: fault.propertyName === undefined ? path : `${path}.${fault.propertyName}`,
        problem: `${fault.propertyName === undefined ? '' : 'the name '}${fault.message ?? 'does not fit'}`,
        got: fault.propertyName ?? data,
      });
  }
}

const typeWords: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function toRemedy(word: string, candidates: readonly string[], otherwise: string): string | undefined {
  const meant = closestOf(word, candidates);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return candidates.length === 0 ? undefined : `${otherwise} ${candidates.join(', ')}`;
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
