import { describe, expect, test, vi } from 'vitest';
import { isWithoutEffect } from '../../../src/activities/without-effect.ts';
import { HomeostatError } from '../../../src/domain/failure.ts';
import { cannotHappen, happened, inProgress, unknown } from '../../../src/domain/outcome.ts';
import { createStateOver } from '../../../src/state/state.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';
import { box, createBench, type BenchOverrides } from './activity-bench.ts';

async function planned(override: BenchOverrides = {}) {
  const bench = createBench({ override });
  await bench.putBox({ size: 1 });
  return { bench, sealed: await bench.sealed() };
}
const refusal = new HomeostatError('EFFECT_REFUSED', { problem: 'no' });
const throws = (error: unknown) => () => {
  throw error;
};

describe('an effect', () => {
  test('leaves an intent before and a receipt after', async () => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = () => ({ id: 'x1' });
    expect(await bench.execute(sealed)).toEqual({ result: { id: 'x1' }, outcome: 'done' });
    const [stored] = await bench.state.ledger.list(box);
    expect(stored?.entry).toMatchObject({
      state: 'done',
      attempt: 1,
      worker: 'host-1',
      idempotencyKey: `${sealed.seal}-s1-0`,
      parameters: { size: 1, replace: false },
      result: { id: 'x1' },
    });
  });

  test("is told of in the tool's own words, not in those of whoever planned it", async () => {
    const create = () => [bench.tools.makeBox.step({ size: 1 }, 'Nothing at all')];
    const bench = createBench({ override: { rules: { create } } });
    await bench.putBox({ size: 1 });
    const tell = vi.spyOn(bench.dependencies, 'tell');
    const log = vi.spyOn(bench.dependencies.log, 'info');
    await bench.execute(await bench.sealed());
    expect(tell.mock.lastCall![0]).toMatchObject({ event: 'moderate-step', text: 'Does make_box (moderate)' });
    expect(log.mock.lastCall![1]).toBe('notice: [1/1] make_box(a) Does make_box');
  });

  test('that was done is adopted, and not done again', async () => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = () => ({ id: 'x1' });
    await bench.execute(sealed);
    bench.world.onEffect = throws(new Error('must not be called'));
    expect(await bench.execute(sealed, {}, { attempt: 2 })).toEqual({ result: { id: 'x1' }, outcome: 'adopted' });
    expect(bench.world.effects).toEqual(['make_box']);
  });

  test('always has the same key, however often it is tried', async () => {
    const { bench, sealed } = await planned();
    const keys: string[] = [];
    bench.world.onEffect = (_, key, attempt) => {
      keys.push(`${key} ${attempt}`);
      throw refusal;
    };
    for (const attempt of [1, 2]) await bench.execute(sealed, {}, { attempt }).catch(() => undefined);
    expect(keys).toEqual([`${sealed.seal}-s1-0 1`, `${sealed.seal}-s1-0 2`]);
  });

  test('cannot begin once desired moved between the check and the intent', async () => {
    const { bench, sealed } = await planned();
    const original = bench.dependencies.state.ledger.openIntent;
    const state = {
      ...bench.state,
      ledger: {
        ...bench.state.ledger,
        openIntent: async (...input: Parameters<typeof original>) => {
          await bench.putBox({ size: 2 });
          return original(...input);
        },
      },
    };
    Object.assign(bench.dependencies, { state });
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(bench.world.effects).toEqual([]);
  });
});

describe('an effect whose long result cannot be kept', () => {
  const text = 'x'.repeat(9_000);
  /** The store fails so often to take the result, before the receipt is written. */
  async function hindered(code: 'STORE_FULL' | 'STORE_UNAVAILABLE', times: number) {
    const { bench, sealed } = await planned({ withProbe: false, conditional: true });
    bench.world.onEffect = () => ({ id: text });
    const { putFor } = bench.store;
    const put = vi.spyOn(bench.store, 'putFor');
    for (let time = 0; time < times; time += 1) put.mockRejectedValueOnce(new HomeostatError(code, { problem: 'no' }));
    put.mockImplementation(putFor);
    return { bench, sealed };
  }

  describe('in time', () => {
    useFakeTime();
    test.each(['STORE_FULL', 'STORE_UNAVAILABLE'] as const)('for a while, %s, is done once', async (code) => {
      const { bench, sealed } = await hindered(code, 3);
      expect(await passTime(bench.execute(sealed))).toMatchObject({
        result: { id: { length: 9_000 } },
        outcome: 'done',
      });
      expect(bench.world.effects).toEqual(['make_box']);
      expect(await bench.ledgerStates()).toEqual(['done']);
    });
  });

  test('is given up when the attempt has no time left', async () => {
    const { bench, sealed } = await hindered('STORE_FULL', 1);
    const ending = new AbortController();
    bench.world.onEffect = () => {
      setImmediate(() => ending.abort());
      return { id: text };
    };
    await expect(bench.execute(sealed, {}, { signal: ending.signal })).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(await bench.ledgerStates()).toEqual(['intent']);
  });
});

describe('what is remembered of the resource', () => {
  type Bench = ReturnType<typeof createBench>;
  const readsOf = (bench: Bench) => vi.spyOn(bench.store, 'getMany');

  test('spares a first attempt every read', async () => {
    const { bench, sealed } = await planned();
    const reads = readsOf(bench);
    await bench.execute(sealed);
    expect(bench.world.effects).toEqual(['make_box']);
    expect(reads).not.toHaveBeenCalled();
  });

  test.each([
    {
      moved: 'desired, in nothing the seal covers',
      move: (bench: Bench) => bench.putBox({ size: 1 }, { annotations: { 'example.com/seen': 'yes' } }),
    },
    {
      moved: 'actual, by another process',
      move: (bench: Bench) =>
        createStateOver(bench.store, bench.keys).changeActual(box, (current) => ({
          ...current!,
          status: { ...current!.status, drifted: true },
        })),
    },
  ])('is read again where it moved: $moved', async ({ move }) => {
    const { bench, sealed } = await planned();
    await move(bench);
    const reads = readsOf(bench);
    await bench.execute(sealed);
    expect(bench.world.effects).toEqual(['make_box']);
    expect(reads).toHaveBeenCalled();
  });

  test('begins nothing that is no longer wanted', async () => {
    const { bench, sealed } = await planned();
    await bench.putBox({ size: 2 });
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(bench.world.effects).toEqual([]);
  });

  test('begins nothing that was frozen meanwhile', async () => {
    const { bench, sealed } = await planned();
    await bench.state.freezes.freeze('all', { by: 'me', reason: 'fire', since: '' });
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(bench.world.effects).toEqual([]);
  });
});

describe('an attempt that finds an intent without a receipt', () => {
  /** Leaves an intent behind, as a worker does that dies in the effect. */
  async function leftOpen(override: BenchOverrides = {}) {
    const { bench, sealed } = await planned(override);
    bench.world.onEffect = throws(new Error('crash'));
    bench.world.onProbe = throws(new Error('crash'));
    if (override.withProbe === false) {
      const complete = bench.state.ledger.complete;
      Object.assign(bench.state.ledger, { complete: throws(new Error('crash')) });
      await bench.execute(sealed).catch(() => undefined);
      Object.assign(bench.state.ledger, { complete });
    } else await bench.execute(sealed).catch(() => undefined);
    expect(await bench.ledgerStates()).toEqual(['intent']);
    bench.world.effects.length = 0;
    bench.world.onEffect = () => ({ id: 'again' });
    return { bench, sealed };
  }

  test.each([
    { probe: happened({ id: 'x1' }), outcome: 'adopted', effects: [], state: 'done', reason: 'it happened' },
    {
      probe: cannotHappen(),
      outcome: 'done',
      effects: ['make_box'],
      state: 'done',
      reason: 'it did not and cannot any more',
    },
    { probe: inProgress(), outcome: 'EFFECT_IN_PROGRESS', effects: [], state: 'intent', reason: 'it is under way' },
    { probe: unknown(), outcome: 'OUTCOME_UNKNOWN', effects: [], state: 'unknown', reason: 'nobody can say' },
  ])('$reason → $outcome', async ({ probe, outcome, effects, state }) => {
    const { bench, sealed } = await leftOpen();
    bench.world.onProbe = () => probe;
    const ended = await bench.execute(sealed, {}, { attempt: 2 }).catch((error: HomeostatError) => error);
    expect('outcome' in ended ? ended.outcome : ended.code).toBe(outcome);
    expect(bench.world.effects).toEqual(effects);
    expect(await bench.ledgerStates()).toEqual([state]);
  });

  test.each([
    { override: { conditional: true }, outcome: 'done', reason: 'nobody can say, but twice is the same as once' },
    {
      override: { conditional: true, withProbe: false },
      outcome: 'done',
      reason: 'nobody can be asked, but twice is the same as once',
    },
    { override: { withProbe: false }, outcome: 'OUTCOME_UNKNOWN', reason: 'nobody can be asked' },
  ])('$reason → $outcome', async ({ override, outcome }) => {
    const { bench, sealed } = await leftOpen(override);
    bench.world.onProbe = () => unknown();
    const ended = await bench.execute(sealed, {}, { attempt: 2 }).catch((error: HomeostatError) => error);
    expect('outcome' in ended ? ended.outcome : ended.code).toBe(outcome);
  });

  test('that is older than the one on record does nothing → EFFECT_FENCED', async () => {
    const { bench, sealed } = await leftOpen();
    bench.world.onProbe = () => inProgress();
    await bench.execute(sealed, {}, { attempt: 3 }).catch(() => undefined);
    await expect(bench.execute(sealed, {}, { attempt: 2 })).rejects.toMatchObject({ code: 'EFFECT_FENCED' });
    expect(bench.world.effects).toEqual([]);
  });
});

describe('an effect that fails', () => {
  test.each([
    'EFFECT_REFUSED',
    'EFFECT_FENCED',
    'IMAGE_NOT_FOUND',
    'IMAGE_DIGEST_MISMATCH',
    'COMMAND_NOT_FOUND',
  ] as const)('with %s did not happen: the intent is closed and nobody is asked', async (code) => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = throws(new HomeostatError(code, { problem: 'no' }));
    bench.world.onProbe = throws(new Error('must not be asked'));
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code });
    expect(await bench.ledgerStates()).toEqual(['failed']);
  });

  test.each([
    { probe: happened({ id: 'x1' }), outcome: 'adopted', state: 'done', reason: 'it happened all the same' },
    { probe: cannotHappen(), outcome: 'broke', state: 'failed', reason: 'it did not happen' },
    { probe: inProgress(), outcome: 'EFFECT_IN_PROGRESS', state: 'intent', reason: 'it is still under way' },
    { probe: unknown(), outcome: 'OUTCOME_UNKNOWN', state: 'unknown', reason: 'nobody can say' },
  ])('without saying so is asked after: $reason → $outcome', async ({ probe, outcome, state }) => {
    const { bench, sealed } = await planned();
    const fences: number[] = [];
    bench.world.onEffect = throws(new Error('broke'));
    bench.world.onProbe = (_, attempt) => {
      fences.push(attempt);
      return probe;
    };
    const ended = await bench.execute(sealed).catch((error: unknown) => error);
    const shown =
      ended instanceof HomeostatError
        ? ended.code
        : ended instanceof Error
          ? ended.message
          : (ended as { outcome: string }).outcome;
    expect(shown).toBe(outcome);
    expect(isWithoutEffect(ended)).toBe(state === 'failed');
    expect(fences).toEqual([2]);
    expect(await bench.ledgerStates()).toEqual([state]);
  });

  test.each([
    'OUTCOME_UNKNOWN',
    'PLAN_STALE',
    'HOST_UNREACHABLE',
    'STORE_UNAVAILABLE',
    'STORE_FULL',
    'EFFECT_IN_PROGRESS',
  ] as const)('and says %s, by which runs decide or wait, has failed, and no more', async (code) => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = throws(new HomeostatError(code, { problem: 'lost' }));
    bench.world.onProbe = () => cannotHappen();
    const ended: unknown = await bench.execute(sealed).catch((error: unknown) => error);
    expect(ended).toMatchObject({ code: 'TOOL_FAILED', problem: expect.stringContaining('lost') });
    expect(isWithoutEffect(ended)).toBe(true);
    expect(await bench.ledgerStates()).toEqual(['failed']);
  });

  test('and says so by a text is known to be without effect as well', async () => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = () => {
      // oxlint-disable-next-line only-throw-error -- what some libraries do
      throw 'broke';
    };
    bench.world.onProbe = () => cannotHappen();
    const ended: unknown = await bench.execute(sealed).catch((error: unknown) => error);
    expect(isWithoutEffect(ended)).toBe(true);
    expect(String(ended)).toContain('broke');
  });

  test('and cannot be asked after is not known to be without effect', async () => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = throws(new Error('broke'));
    bench.world.onProbe = throws(new HomeostatError('UNREACHABLE', { problem: 'no answer' }));
    const ended: unknown = await bench.execute(sealed).catch((error: unknown) => error);
    expect(ended).toMatchObject({ code: 'UNREACHABLE' });
    expect(isWithoutEffect(ended)).toBe(false);
    expect(await bench.ledgerStates()).toEqual(['intent']);
  });

  test('is asked after by an attempt that was given up, too: the question fences it', async () => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = throws(new Error('broke'));
    bench.world.onProbe = () => cannotHappen();
    await expect(bench.execute(sealed, {}, { signal: AbortSignal.abort() })).rejects.toThrow('broke');
    expect(await bench.ledgerStates()).toEqual(['failed']);
  });

  test('may be tried again once it is known not to have happened, without asking', async () => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = throws(refusal);
    await bench.execute(sealed).catch(() => undefined);
    bench.world.onEffect = () => ({});
    bench.world.onProbe = throws(new Error('must not be asked'));
    expect((await bench.execute(sealed, {}, { attempt: 2 })).outcome).toBe('done');
  });

  test('is not fenced by its own failure when it is sent again as another activity', async () => {
    const { bench, sealed } = await planned();
    let fencedBelow = 0;
    bench.world.onProbe = (_, attempt) => {
      fencedBelow = attempt;
      return cannotHappen();
    };
    bench.world.onEffect = throws(new Error('broke'));
    for (const attempt of [1, 2]) await bench.execute(sealed, {}, { attempt }).catch(() => undefined);
    expect(fencedBelow).toBe(3);
    const tried: number[] = [];
    bench.world.onEffect = (_name, _key, attempt) => {
      tried.push(attempt);
      if (attempt < fencedBelow) throw new HomeostatError('EFFECT_FENCED', { problem: 'came too late' });
      return { id: 'x1' };
    };
    expect(await bench.execute(sealed, {}, { scheduledAt: 16_000 })).toEqual({ result: { id: 'x1' }, outcome: 'done' });
    expect(tried).toEqual([3]);
  });

  test('with a result that is not what was promised is asked after, not believed', async () => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = () => ({ id: 7 });
    bench.world.onProbe = () => happened({ id: 'x1' });
    expect(await bench.execute(sealed)).toEqual({ result: { id: 'x1' }, outcome: 'adopted' });
  });

  test('and whose probe brings a result that is not what was promised → not believed either', async () => {
    const { bench, sealed } = await planned();
    bench.world.onEffect = throws(new Error('broke'));
    bench.world.onProbe = () => happened({ id: 7, more: 'x' });
    await expect(bench.execute(sealed)).rejects.toThrow();
  });
});

describe('a read', () => {
  const rules = { create: () => [{ toolName: 'look', parameters: {}, description: 'x' }] };

  test('leaves nothing in the ledger and may be repeated', async () => {
    const { bench, sealed } = await planned({ rules });
    bench.world.onEffect = () => ({ text: 'x', size: 1 });
    for (const attempt of [1, 2]) {
      expect(await bench.execute(sealed, {}, { attempt })).toEqual({ result: { text: 'x', size: 1 }, outcome: 'done' });
    }
    expect(await bench.ledgerStates()).toEqual([]);
  });

  test('with a result that is not what was promised is refused with the path', async () => {
    const { bench, sealed } = await planned({ rules });
    bench.world.onEffect = () => ({ text: 'x' });
    await expect(bench.execute(sealed)).rejects.toMatchObject({
      errors: [expect.objectContaining({ code: 'MISSING_FIELD', path: 'look.result.size' })],
    });
  });
});
