import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCached } from '../../../src/servers/binary-cache.ts';
import { currentPlatform } from '../../../src/servers/platform.ts';
import { createOfficialRelease } from '../../../src/servers/sources/official-release.ts';
import { optionsIn } from './scripted-source.ts';
import { temporaryFolder } from './temporary-folder.ts';

const isKnownPlatform = currentPlatform() !== undefined;

test.runIf(isKnownPlatform)(
  'a download that is not the pinned file is refused, and nothing of it is kept',
  async () => {
    const options = { ...optionsIn(await temporaryFolder()), mirror: 'https://mirror.example/releases/' };
    const asked: string[] = [];
    const source = createOfficialRelease(async (address, file) => {
      asked.push(address);
      await writeFile(file, 'something else');
    });
    const search = source.find('etcd', { options, report: () => undefined });
    await expect(search).rejects.toHaveProperty('code', 'CHECKSUM_MISMATCH');
    expect(asked, 'the mirror replaces the base address').toEqual([
      expect.stringMatching(/^https:\/\/mirror\.example\/releases\/etcd-io\/etcd\/releases\/download\/v3/),
    ]);
    expect(await findCached(options.cacheDir, 'etcd')).toBeUndefined();
    expect(await readdir(join(options.cacheDir, 'tmp'))).toEqual([]);
  },
);

test.runIf(isKnownPlatform)('a release that cannot open the data is not downloaded', async () => {
  const options = optionsIn(await temporaryFolder());
  const source = createOfficialRelease(() => Promise.reject(new Error('asked for')));
  const context = { options, report: () => undefined, dataVersion: '99.1.2' };
  expect(await source.find('etcd', context)).toEqual({
    absent: expect.stringContaining('older than 99.1.0') as string,
  });
});
