import { codedOrThrow, HomeostatErrors, type HomeostatError } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { isJsonObject } from '../domain/json.ts';
import { parseResource, toResourceKey } from '../domain/resource.ts';
import { createPlacer, withTenant } from './checked-document.ts';
import type { SourceDocument } from './parse-documents.ts';

/**
 * The resources that documents name, for a call that needs no more of them: one whose spec has become invalid can be
 * deleted all the same. A tenant that the caller chose counts as for `apply`. Throws `HomeostatErrors` with everything that
 * is wrong.
 */
export function readKeys(documents: readonly SourceDocument[], tenant: string | undefined): readonly ResourceKey[] {
  const errors: HomeostatError[] = [];
  const place = createPlacer(documents.length);
  const keys = documents.flatMap((document) => {
    const { value } = document;
    try {
      return [toResourceKey(parseResource(withTenant(isJsonObject(value) ? { ...value, spec: {} } : value, tenant)))];
    } catch (error) {
      errors.push(...codedOrThrow(error).map((one) => place(document, one)));
      return [];
    }
  });
  if (errors.length > 0) throw new HomeostatErrors(errors);
  return keys;
}
