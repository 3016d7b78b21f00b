import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HomeostatError } from '../../../src/domain/failure.ts';
import { findMissingRuntime, whileRuntimeIsThere } from '../../../src/starters/missing-runtime.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';

useFakeTime();

const live = { host: 'host-a', since: '2030-01-01T00:00:00Z' };
const hostsThat = (...looks: readonly (readonly (typeof live)[])[]) => {
  const left = [...looks];
  return { list: async () => (left.length > 1 ? left.shift()! : left[0]!) };
};
const noNote = () => undefined;
const worker = (there: boolean) => ({ hasWorker: async () => there });

test.each([
  { reason: 'no host lives', hosts: hostsThat([]), messages: worker(true), code: 'NOT_RUNNING' },
  { reason: 'hosts live, nobody takes runs', hosts: hostsThat([live]), messages: worker(false), code: 'NOT_RUNNING' },
  { reason: 'a worker is there', hosts: hostsThat([live]), messages: worker(true), code: undefined },
])('$reason → $code', async ({ hosts, messages, code }) => {
  expect((await findMissingRuntime({ hosts, messages }))?.code).toBe(code);
});

test('what only a runtime answers is not asked where there is none', async () => {
  const ask = () => Promise.reject(new Error('was asked'));
  await expect(whileRuntimeIsThere({ hosts: hostsThat([]) }, ask, noNote)).rejects.toMatchObject({
    code: 'NOT_RUNNING',
  });
});

test('a runtime that dies meanwhile ends the waiting, and the question', async () => {
  let ended = false;
  const ask = async (signal: AbortSignal) => {
    await sleep(60_000, undefined, { signal }).catch(() => (ended = true));
    return 'late';
  };
  const answer = whileRuntimeIsThere({ hosts: hostsThat([live], []) }, ask, noNote);
  await expect(passTime(answer)).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  expect(ended).toBe(true);
});

test('workers that are gone for a moment, as from a Temporal that has just started, end no waiting', async () => {
  const startedAt = performance.now();
  const ask = (signal: AbortSignal) => sleep(60_000, 'late', { signal });
  const awayFor = (ms: number) => ({
    hasWorker: async () => performance.now() < startedAt + 5_000 || performance.now() > startedAt + 5_000 + ms,
  });
  const asked = (ms: number) => whileRuntimeIsThere({ hosts: hostsThat([live]), messages: awayFor(ms) }, ask, noNote);
  const [short, long] = [asked(12_000), asked(20_000)];
  await expect(passTime(long)).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  expect(await passTime(short)).toBe('late');
});

test('a runtime that dies together with Temporal ends the waiting', async () => {
  const away = new HomeostatError('TEMPORAL_UNAVAILABLE', { problem: 'nobody there' });
  let looks = 0;
  const hasWorker = async () => {
    looks += 1;
    if (looks > 1) throw away;
    return true;
  };
  const ask = (signal: AbortSignal) => sleep(60_000, 'late', { signal });
  const answer = whileRuntimeIsThere({ hosts: hostsThat([live], [live], []), messages: { hasWorker } }, ask, noNote);
  await expect(passTime(answer)).rejects.toMatchObject({ code: 'NOT_RUNNING' });
});

test('the answer is handed on', async () => {
  expect(await whileRuntimeIsThere({ hosts: hostsThat([live]) }, async () => 'yes', noNote)).toBe('yes');
});

test('a store that is away for a while is waited for, and both are noted once', async () => {
  const away = new HomeostatError('STORE_UNAVAILABLE', { problem: 'no leader' });
  const looks = [[live], away, away, [live]];
  const list = async () => {
    const look = looks.length > 1 ? looks.shift()! : looks[0]!;
    if (look instanceof HomeostatError) throw look;
    return look;
  };
  const notes: string[] = [];
  const ask = (signal: AbortSignal) => sleep(5_000, 'late', { signal });
  const answer = whileRuntimeIsThere({ hosts: { list } }, ask, (note) => void notes.push(note));
  expect(await passTime(answer)).toBe('late');
  expect(notes).toEqual(['etcd does not answer, waiting for it: no leader', 'etcd answers again']);
});

test('a store that cannot be asked at all is told at once', async () => {
  const list = () => Promise.reject(new HomeostatError('STORE_UNAVAILABLE', { problem: 'nobody there' }));
  const answer = whileRuntimeIsThere({ hosts: { list } }, async () => 'late', noNote);
  await expect(answer).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});
