import { describe, expect, test } from 'vitest';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import type { SourceDocument } from '../../../src/starters/parse-documents.ts';
import { readKeys } from '../../../src/starters/read-keys.ts';
import { database, keyOf } from './resource-documents.ts';

function refused(documents: readonly SourceDocument[], tenant?: string): readonly string[] {
  try {
    readKeys(documents, tenant);
  } catch (error) {
    return toCodedErrors(error).map(({ message }) => message);
  }
  return ['accepted'];
}

describe('the resources that documents name', () => {
  test('are known though their specs are wrong', () => {
    const documents = [database({ spec: { replica: 1 } }), database({ name: 'other', spec: null })];
    expect(readKeys(documents, undefined)).toEqual([keyOf('main'), keyOf('other')]);
  });

  test('are in the tenant that was said where they name none, and refused where they name another', () => {
    const told = database({ metadata: { tenant: 'red' } });
    expect(readKeys([database()], 'blue')).toEqual([keyOf('main', 'blue')]);
    expect(readKeys([told], 'red')).toEqual([keyOf('main', 'red')]);
    expect(readKeys([told], undefined)).toEqual([keyOf('main', 'red')]);
    expect(refused([told], 'blue')).toEqual([
      'INVALID_VALUE metadata.tenant: another tenant than --tenant blue (got red) — leave one of them out',
    ]);
  });

  test('are refused all at once, each by its name', () => {
    const documents = [database({ metadata: { tenant: 'red' } }), database({ name: 'other', kind: 'database' })];
    expect(refused(documents, 'blue')).toEqual([
      'INVALID_VALUE red/Database/main metadata.tenant: another tenant than --tenant blue (got red) — leave one of them out',
      'UNKNOWN_KIND database/other kind: a kind begins with a capital letter and holds letters and digits (got database) — name the kind, such as Instance',
    ]);
  });
});
