import { isJsonObject, type JsonValue } from '../domain/json.ts';
import type { StepDraft } from '../domain/plan.ts';

/**
 * References to the results of earlier steps. In a rule they are typed objects (`step.result.id`); in a plan they are
 * data (`{"$ref": "steps.s1.result.id"}`), resolved with their type kept just before dispatch. Text is never spliced,
 * so a result cannot smuggle anything into a parameter of another type.
 */
const target = Symbol('step reference');

interface ReferenceTarget {
  readonly draft: StepDraft;
  readonly path: readonly string[];
}

/** Reads like the result itself, one reference a field. */
export type StepReference<Value> = Reference<Value> &
  (Value extends object ? { readonly [Key in keyof Value]-?: StepReference<Value[Key]> } : unknown);

export interface Reference<Value> {
  readonly [target]: ReferenceTarget;
  /** Never there at run time; keeps references to different types apart. */
  readonly __type?: Value;
}

/** A value, or a reference to one, at every depth. */
export type Referable<Value> =
  Value | Reference<Value> | (Value extends object ? { readonly [Key in keyof Value]: Referable<Value[Key]> } : never);

/** The reference to a draft's result. */
export function createReference<Value>(draft: StepDraft, path: readonly string[] = []): StepReference<Value> {
  const reference = new Proxy({} as Reference<Value>, {
    get: (_, key) => {
      if (key === target) return { draft, path } satisfies ReferenceTarget;
      return typeof key === 'string' ? createReference(draft, [...path, key]) : undefined;
    },
    has: (_, key) => key === target,
    ownKeys: () => [],
  });
  return reference as StepReference<Value>;
}

/** Parameters as plan data: every typed reference written as `$ref` with the id its step was given. */
export function toPlanParameters(parameters: unknown, idOf: (draft: StepDraft) => string | undefined): JsonValue {
  if (typeof parameters !== 'object' || parameters === null) return parameters as JsonValue;
  if (target in parameters) {
    const { draft, path } = (parameters as Reference<unknown>)[target];
    return { $ref: ['steps', idOf(draft) ?? 'missing', 'result', ...path].join('.') };
  }
  if (Array.isArray(parameters)) return parameters.map((item) => toPlanParameters(item, idOf));
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, toPlanParameters(value, idOf)]),
  );
}

const referencePattern = /^steps\.(s[0-9]{1,3})\.result((?:\.[A-Za-z0-9_]+)*)$/;

export interface PlanReference {
  readonly step: string;
  readonly path: readonly string[];
}

/** What `{"$ref": …}` points at; undefined for any other value; `malformed` when the text is not a reference. */
export function toPlanReference(value: unknown): PlanReference | 'malformed' | undefined {
  if (!isJsonObject(value) || !Object.hasOwn(value, '$ref')) return undefined;
  const match = typeof value.$ref === 'string' ? referencePattern.exec(value.$ref) : null;
  if (match === null || Object.keys(value).length !== 1) return 'malformed';
  return { step: match[1]!, path: match[2] === '' ? [] : match[2]!.slice(1).split('.') };
}

/** All references inside parameters, with the path where each stands. */
export function listReferences(value: JsonValue, path = ''): { at: string; reference: PlanReference | 'malformed' }[] {
  const reference = toPlanReference(value);
  if (reference !== undefined) return [{ at: path, reference }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => listReferences(child, path === '' ? key : `${path}.${key}`));
}

/** Replaces every reference by what it points at. `read` throws when there is nothing there. */
export function resolveReferences(value: JsonValue, read: (reference: PlanReference) => JsonValue): JsonValue {
  const reference = toPlanReference(value);
  if (reference !== undefined && reference !== 'malformed') return read(reference);
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item as JsonValue, read));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, resolveReferences(child, read)]));
}
