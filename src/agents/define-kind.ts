import { HomeostatError } from '../domain/failure.ts';
import { isKindName } from '../domain/identity.ts';
import { isIssueType } from '../domain/issue.ts';
import type { AnyKind, Kind } from '../domain/kind.ts';
import { namingCaller } from '../tools/naming-caller.ts';

/** Declares a kind. Throws `INVALID_KIND` naming the caller's file and the field when something is missing. */
export function defineKind<const Name extends string, Spec, Status>(
  kind: Kind<Name, Spec, Status>,
): Kind<Name, Spec, Status> {
  namingCaller(defineKind, () => checkKind(kind));
  return kind;
}

/** Refuses a kind that is not whole, however it was made. Throws `INVALID_KIND` naming the field. */
export function checkKind(kind: AnyKind): void {
  const path = `kind ${JSON.stringify(kind.kind)}`;
  if (typeof kind.kind !== 'string' || !isKindName(kind.kind)) {
    throw new HomeostatError('INVALID_KIND', {
      path: `${path}.kind`,
      problem: 'must begin with a capital letter and hold letters and digits',
      got: kind.kind,
      remedy: 'name it like Instance',
    });
  }
  for (const field of ['spec', 'status'] as const) {
    if (typeof kind[field]?.safeParse !== 'function') {
      const remedy = 'give a schema such as z.strictObject({ … })';
      throw new HomeostatError('INVALID_KIND', { path: `${path}.${field}`, problem: 'is not a zod schema', remedy });
    }
  }
  for (const field of ['observe', 'wanted'] as const) {
    if (typeof kind[field] !== 'function') {
      throw new HomeostatError('INVALID_KIND', { path: `${path}.${field}`, problem: 'is missing', remedy: 'add it' });
    }
  }
  for (const [type, issue] of Object.entries(kind.issues ?? {})) {
    if (!isIssueType(type)) {
      throw new HomeostatError('INVALID_KIND', {
        path: `${path}.issues`,
        problem: 'must be lower case words with _ between them',
        got: type,
        remedy: 'name it like service_down',
      });
    }
    if (typeof issue?.check !== 'function') {
      throw new HomeostatError('INVALID_KIND', {
        path: `${path}.issues.${type}.check`,
        problem: 'is missing',
        remedy: 'add it',
      });
    }
  }
}
