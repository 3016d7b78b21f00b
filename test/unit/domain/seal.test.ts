import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SealedStep } from '../../../src/domain/plan.ts';
import { sealOf, shortSeal, stepDigestOf, type SealContent } from '../../../src/domain/sealed-plan.ts';

const step: Required<SealedStep> = {
  id: 's1',
  toolName: 'write_file',
  parameters: { path: 'a', nested: { list: [1, 'two', { deep: true }], none: null } },
  description: 'write it',
  riskLevel: 'dangerous',
  toolDigest: 'd'.repeat(64),
  queue: 'homeostat-tools',
  gate: 'is dangerous here',
  onFailure: 'abort',
  timeoutMs: 30_000,
  maximumAttempts: 3,
  summary: '[1/1] write_file(web)',
};
const content: SealContent = {
  format: 1,
  tenant: 'default',
  resourceId: '12',
  workflowId: 'reconcile.default.File.web',
  firstRunId: 'run-1',
  pass: 1,
  desiredDigest: 'a'.repeat(64),
  deltaDigest: 'b'.repeat(64),
  policyDigest: 'c'.repeat(64),
  stepDigests: [stepDigestOf(step)],
  expiresAt: 1_763_000_000_000,
};

type Path = readonly (string | number)[];

/** Every place in a value: leaves, and the lists and objects that hold them. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, child]) =>
    placesIn(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? below : [path, ...below];
}

function replaced(value: unknown, [part, ...rest]: Path, next: unknown): unknown {
  if (part === undefined) return next;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[part] = replaced(copy[part], rest, next);
  return copy;
}

const valueAt = (value: unknown, path: Path) =>
  path.reduce<unknown>((current, part) => (current as Record<string | number, unknown>)[part], value);

describe('the seal', () => {
  test.each(placesIn(content).map((path) => ({ place: path.join('.'), path })))('covers content.$place', ({ path }) => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), (next) => {
        fc.pre(JSON.stringify(next) !== JSON.stringify(valueAt(content, path)) && !Object.is(next, -0));
        expect(sealOf(replaced(content, path, next) as SealContent)).not.toBe(sealOf(content));
      }),
      { numRuns: 20 },
    );
  });

  test.each(placesIn(step).map((path) => ({ place: path.join('.'), path })))('covers step.$place', ({ path }) => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), (next) => {
        fc.pre(JSON.stringify(next) !== JSON.stringify(valueAt(step, path)) && !Object.is(next, -0));
        expect(stepDigestOf(replaced(step, path, next) as SealedStep)).not.toBe(stepDigestOf(step));
      }),
      { numRuns: 20 },
    );
  });

  test('covers that a gate is there, that no field came to it, and the order of steps', () => {
    const { gate: _, ...open } = step;
    expect(stepDigestOf(open)).not.toBe(stepDigestOf(step));
    expect(stepDigestOf({ ...step, more: 1 } as SealedStep)).not.toBe(stepDigestOf(step));
    expect(sealOf({ ...content, stepDigests: ['x', 'y'] })).not.toBe(sealOf({ ...content, stepDigests: ['y', 'x'] }));
    expect(sealOf({ ...content, stepDigests: [] })).not.toBe(sealOf(content));
  });

  test('is the same whatever the order of keys, and after a round trip', () => {
    const reversed = Object.fromEntries(Object.entries(content).toReversed()) as unknown as SealContent;
    expect(sealOf(reversed)).toBe(sealOf(content));
    expect(sealOf(JSON.parse(JSON.stringify(content)) as SealContent)).toBe(sealOf(content));
    expect(stepDigestOf(Object.fromEntries(Object.entries(step).toReversed()) as unknown as SealedStep)).toBe(
      stepDigestOf(step),
    );
  });

  test('is 64 hexadecimal digits, of which people type twelve', () => {
    expect(sealOf(content)).toMatch(/^[0-9a-f]{64}$/);
    expect(shortSeal(sealOf(content))).toBe(sealOf(content).slice(0, 12));
  });
});
