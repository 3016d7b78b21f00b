import { expect, test } from 'vitest';
import { effectiveMode, modeAnnotation, parseMode, type Mode } from '../../../src/domain/mode.ts';

const defaults = { default: 'act', kinds: { Instance: 'propose' }, tenants: { acme: 'observe' } } as const;

test.each<{ key: { kind: string; tenant: string }; said?: Mode; mode: Mode; reason: string }>([
  { key: { kind: 'File', tenant: 'other' }, mode: 'act', reason: 'nothing is said: the default of all' },
  { key: { kind: 'File', tenant: 'acme' }, mode: 'observe', reason: 'its tenant has one' },
  { key: { kind: 'Instance', tenant: 'acme' }, mode: 'propose', reason: 'its kind goes before its tenant' },
  { key: { kind: 'Instance', tenant: 'acme' }, said: 'act', mode: 'act', reason: 'its own goes before all' },
  { key: { kind: 'File', tenant: 'constructor' }, mode: 'act', reason: 'its name is one that every object inherits' },
])('$mode holds: $reason', ({ key, said, mode }) => {
  expect(effectiveMode({ ...key, name: 'a' }, said, defaults)).toBe(mode);
});

test('an annotation that is no mode is refused with those there are', () => {
  expect(parseMode({})).toBeUndefined();
  expect(parseMode({ [modeAnnotation]: 'propose' })).toBe('propose');
  expect(() => parseMode({ [modeAnnotation]: 'Act' })).toThrow(
    'INVALID_VALUE metadata.annotations["homeostat.io/mode"]: is no mode (got Act) — write observe, propose, act',
  );
});
