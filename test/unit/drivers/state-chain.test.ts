import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { followState, type InstanceState } from '../../../src/drivers/process/instance-state.ts';
import { createStateChain } from '../../../src/drivers/process/state-chain.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'homeostat-chain-'))));
afterEach(() => rm(folder, { recursive: true }));

const next = (previous?: InstanceState) => followState(previous, { phase: 'terminated' });

async function appendMany(count: number): Promise<InstanceState[]> {
  const chain = createStateChain(folder);
  const states: InstanceState[] = [];
  for (let index = 0; index < count; index += 1) {
    const state = next(states.at(-1));
    expect(await chain.append(state)).toBe(true);
    states.push(state);
  }
  return states;
}

describe('a chain of states', () => {
  test('has no head before the first state, nor without a folder', async () => {
    expect(await createStateChain(folder).head()).toBeUndefined();
    expect(await createStateChain(join(folder, 'none')).head()).toBeUndefined();
  });

  test('the newest number is the head', async () => {
    const states = await appendMany(12);
    expect(await createStateChain(folder).head()).toEqual(states.at(-1));
  });

  test('of many who append after the same state exactly one succeeds', async () => {
    const chain = createStateChain(folder);
    const [first] = await appendMany(1);
    const tries = await Promise.all(Array.from({ length: 8 }, () => chain.append(next(first))));
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect((await readdir(folder)).toSorted()).toEqual(['000001.json', '000002.json']);
  });

  test('a late state whose number was pruned meanwhile is refused and leaves nothing', async () => {
    const chain = createStateChain(folder);
    const states = await appendMany(20);
    await chain.prune();
    expect(await readdir(folder)).toHaveLength(16);
    expect(await chain.append(next(states[1]))).toBe(false);
    await chain.prune(1);
    expect(await chain.append(next(states[17]))).toBe(false);
    expect(await readdir(folder)).toEqual(['000020.json']);
  });

  test('a state that somebody built on at once was appended all the same', async () => {
    const chain = createStateChain(folder);
    const [first] = await appendMany(1);
    const mine = next(first);
    // As if another had read mine between my link and my look for newer ones.
    await writeFile(join(folder, '000003.json'), JSON.stringify(next(mine)));
    expect(await chain.append(mine)).toBe(true);
  });

  test('an unreadable head is an error, never an absence', async () => {
    await writeFile(join(folder, '000007.json'), '{"half');
    await expect(createStateChain(folder).head()).rejects.toThrow(SyntaxError);
  });
});
