import { describe, expect, test } from 'vitest';
import {
  contentOf,
  followState,
  isSameContent,
  noteOf,
  type StateContent,
} from '../../../src/drivers/process/instance-state.ts';

const content: StateContent = {
  phase: 'provisioned',
  wanted: 'running',
  settings: { image: 'img', command: ['x'], env: {}, ports: [], files: {}, scratch: [], type: 'small' },
  obsoleteFiles: [],
  imageDigest: 'd',
  root: 'root-1',
  log: 'output-1.log',
  starts: 1,
};

describe('following a state', () => {
  test('numbers states from 1 and names the one before', () => {
    const first = followState(undefined, content);
    const second = followState(first, content);
    expect([first.version, second.version]).toEqual([1, 2]);
    expect(first.follows).toBeUndefined();
    expect(second.follows).toBe(first.id);
  });

  test('a receipt replaces the fence of the same key', () => {
    const fenced = followState(undefined, content, { key: 'k', fencedBelow: 2 });
    const done = followState(fenced, content, { key: 'k', receipt: { pid: 7 } });
    expect(done.effects).toEqual([{ key: 'k', receipt: { pid: 7 } }]);
    expect(noteOf(done, 'other')).toBeUndefined();
  });

  test('keeps the last 64 notes', () => {
    let state = followState(undefined, content);
    for (let index = 0; index < 70; index += 1) state = followState(state, content, { key: `k${index}`, receipt: {} });
    expect(state.effects).toHaveLength(64);
    expect(noteOf(state, 'k5')).toBeUndefined();
    expect(noteOf(state, 'k6')).toBeDefined();
  });

  test('notes and place in the chain are not content', () => {
    const first = followState(undefined, content);
    const noted = followState(first, contentOf(first), { key: 'k', fencedBelow: 3 });
    expect(isSameContent(first, noted)).toBe(true);
    expect(isSameContent(first, followState(first, { ...content, wanted: 'stopped' }))).toBe(false);
    expect(isSameContent(undefined, followState(undefined, { phase: 'terminated' }))).toBe(true);
  });
});
