import { expect } from 'vitest';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import type { SourceDocument } from '../../../src/starters/parse-documents.ts';
import type { State } from '../../../src/state/state.ts';

interface Parts {
  readonly name?: unknown;
  readonly metadata?: object;
  readonly spec?: unknown;
  readonly [field: string]: unknown;
}

/** A document of kind Database, with anything changed. */
export function database({ name = 'main', metadata = {}, spec = {}, ...rest }: Parts = {}): SourceDocument {
  const value = { apiVersion: 'homeostat/v1', kind: 'Database', metadata: { name, ...metadata }, spec, ...rest };
  return { value, where: 'test.yaml' };
}

export function keyOf(name: string, tenant = 'default') {
  return { tenant, kind: 'Database', name };
}

/** The messages of a call that must be refused; fails when it wrote anything all the same. */
export async function refusalOf(state: State, call: () => Promise<unknown>): Promise<readonly string[]> {
  const before = await state.store.get('/test/none');
  try {
    await call();
  } catch (error) {
    const after = await state.store.get('/test/none');
    expect(after.revision, 'a refused call wrote something').toBe(before.revision);
    return toCodedErrors(error).map(({ message }) => message);
  }
  return ['accepted'];
}
