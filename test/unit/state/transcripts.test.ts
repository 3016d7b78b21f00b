import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Transcript } from '../../../src/domain/transcript.ts';
import { createTranscriptFolder } from '../../../src/state/transcript-folder.ts';
import { createTranscripts } from '../../../src/state/transcripts.ts';

const transcript: Transcript = {
  format: 1,
  resource: { tenant: 'blue', kind: 'Thing', name: 'a' },
  agent: 'things',
  workflowId: 'w',
  runId: 'r',
  at: '2026-11-21T00:00:00.000Z',
  choice: { provider: 'ollama', model: 'm', complexity: 'low', reason: 'because' },
  system: 'You plan.',
  messages: [{ role: 'user', content: 'say grass' }],
  outcome: 'planned',
  notes: [],
  usage: { calls: 1, inputTokens: 1, outputTokens: 1, cachedTokens: 0, costMicros: 1 },
};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-transcripts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const open = (key?: string) => createTranscripts(createTranscriptFolder(folder), key);
const files = () => readdirSync(join(folder, 'blue')).map((name) => join(folder, 'blue', name));

describe('a transcript', () => {
  test('is found again by its digest, in its tenant alone', async () => {
    const digest = await open().put('blue', transcript);
    expect(await open().get('blue', digest)).toEqual(transcript);
    expect(await open().get('green', digest)).toBeUndefined();
    expect(await open().get('blue', '../blue/x')).toBeUndefined();
  });

  test('is for the owner of the folder alone', async () => {
    await open().put('blue', transcript);
    expect(statSync(files()[0]!).mode & 0o077).toBe(0);
  });

  test('holds no secret', async () => {
    const messages = [{ role: 'user' as const, content: 'use Bearer abcdefghijklmnopqrst' }];
    const digest = await open().put('blue', { ...transcript, messages });
    expect(JSON.stringify(await open().get('blue', digest))).not.toContain('abcdefghijklmnopqrst');
  });

  test('is let go of when it is old', async () => {
    await open().put('blue', transcript);
    utimesSync(files()[0]!, 0, 0);
    const young = await open().put('blue', { ...transcript, outcome: 'another' });
    await open().removeOlderThan(60_000);
    expect(files()).toEqual([join(folder, 'blue', `${young}.json`)]);
  });

  test('that was left half written is let go of too, and no file of somebody else’s', async () => {
    const digest = await open().put('blue', transcript);
    const put = (...parts: readonly string[]) => {
      const file = join(folder, ...parts);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'x');
      utimesSync(file, 0, 0);
      return file;
    };
    put('blue', `${digest}.json.123.part`);
    const others = [
      put('thesis.odt'),
      put(`${digest}.json`),
      put('blue', 'notes.json'),
      put('blue', 'below', `${digest}.json`),
      put('My Photos', `${digest}.json`),
    ];
    await open().removeOlderThan(60_000);
    expect(others.filter((file) => !existsSync(file))).toEqual([]);
    expect(files().filter((file) => file.endsWith('.part'))).toEqual([]);
  });
});

describe('with a key', () => {
  test('nothing of it can be read in the file, and with the key all of it', async () => {
    const digest = await open('correct horse').put('blue', transcript);
    expect(readFileSync(files()[0]!).toString('latin1')).not.toContain('grass');
    expect(await open('correct horse').get('blue', digest)).toEqual(transcript);
  });

  test.each([
    { reason: 'without the key', key: undefined },
    { reason: 'with another key', key: 'wrong horse' },
  ])('it stays locked $reason', async ({ key }) => {
    const digest = await open('correct horse').put('blue', transcript);
    await expect(open(key).get('blue', digest)).rejects.toThrow('TRANSCRIPT_LOCKED');
  });

  test('a file that was changed, or put in the place of another, is refused', async () => {
    const digest = await open('k').put('blue', transcript);
    const other = await open('k').put('blue', { ...transcript, outcome: 'another' });
    const [one, two] = [digest, other].map((name) => join(folder, 'blue', `${name}.json`));
    writeFileSync(two!, readFileSync(one!));
    await expect(open('k').get('blue', other)).rejects.toThrow('TRANSCRIPT_LOCKED');
    const bytes = readFileSync(one!);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(one!, bytes);
    await expect(open('k').get('blue', digest)).rejects.toThrow('TRANSCRIPT_LOCKED');
  });

  test('what was written before there was a key can still be read', async () => {
    const digest = await open().put('blue', transcript);
    expect(await open('k').get('blue', digest)).toEqual(transcript);
  });
});
