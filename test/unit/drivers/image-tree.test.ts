import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createImageStore } from '../../../src/drivers/process/image-store.ts';
import { parseImageReference, pinImage } from '../../../src/drivers/process/image-reference.ts';
import { checkLinks, type TreeEntry } from '../../../src/drivers/process/image-tree.ts';

const link = (path: string, target: string): TreeEntry => ({ path, type: 'link', target });

describe('symbolic links of an image', () => {
  test.each([
    { links: [link('a', 'b/c')], reason: 'below' },
    { links: [link('d/a', '../b')], reason: 'up, but inside' },
    { links: [link('now', 'later'), link('x', './now/y')], reason: 'dangling, but inside' },
  ])('may stay inside: $reason', ({ links }) => {
    expect(() => checkLinks(links)).not.toThrow();
  });

  test.each([
    { links: [link('a', '/etc/passwd')], reason: 'absolute' },
    { links: [link('d/a', '../../x')], reason: 'up and out' },
    { links: [link('e/b', '..'), link('e/f/a', '../b/../x')], reason: 'out by way of another link' },
    { links: [link('a', 'b'), link('b', 'a')], reason: 'round in a circle' },
  ])('may not lead out: $reason', ({ links }) => {
    expect(() => checkLinks(links)).toThrow(expect.objectContaining({ code: 'EFFECT_REFUSED' }));
  });
});

test('an image reference is a path, pinned or not', () => {
  const digest = 'a'.repeat(64);
  expect(parseImageReference(`x/y.tgz@sha256:${digest}`)).toEqual({ path: 'x/y.tgz', pinnedDigest: digest });
  expect(parseImageReference('x@home')).toEqual({ path: 'x@home' });
  expect(pinImage(`x@sha256:${'b'.repeat(64)}`, digest)).toBe(`x@sha256:${digest}`);
});

describe('digests of images', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homeostat-image-test-'));
    await mkdir(join(folder, 'app/empty'), { recursive: true });
    await writeFile(join(folder, 'app/run'), 'one');
    await writeFile(join(folder, 'app/readme'), 'two');
    await symlink('readme', join(folder, 'app/link'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const openStore = () => createImageStore({ workingFolder: folder, instancesFolder: join(folder, 'data/instances') });

  test('a folder and a tarball of it have the same one', async () => {
    await create({ file: join(folder, 'app.tar'), cwd: join(folder, 'app') }, ['.']);
    await create({ file: join(folder, 'app.tgz'), cwd: join(folder, 'app'), gzip: true }, ['run', 'link', 'readme']);
    const images = openStore();
    const digest = await images.currentDigest('app');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await images.currentDigest('app.tar')).toBe(digest);
    expect(await images.currentDigest('app.tgz')).toBe(digest);
    expect(await images.unpack('app.tgz', join(folder, 'unpacked'), () => {})).toBe(digest);
    expect(await images.currentDigest('unpacked')).toBe(digest);
  });

  test('content, the executable bit, link targets and names all count, also within a clock tick', async () => {
    const images = openStore();
    const seen = new Set([await images.currentDigest('app')]);
    await writeFile(join(folder, 'app/run'), 'eno');
    seen.add(await images.currentDigest('app'));
    await chmod(join(folder, 'app/run'), 0o755);
    seen.add(await images.currentDigest('app'));
    await rm(join(folder, 'app/link'));
    await symlink('run', join(folder, 'app/link'));
    seen.add(await images.currentDigest('app'));
    expect(seen.size).toBe(4);
  });

  test('a source that cannot be read has none', async () => {
    expect(await openStore().currentDigest('nothing')).toBeUndefined();
    expect(await openStore().currentDigest('app/run')).toBeUndefined();
  });

  test.each([
    { image: '.', reason: 'they lie below it' },
    { image: 'link-to-all', reason: 'they lie below what it links to' },
    { image: 'data/instances', reason: 'it is where they live' },
    { image: 'data/instances/default', reason: 'it lies among them' },
  ])('a folder that overlaps with where instances live is refused, for $reason: $image', async ({ image }) => {
    await mkdir(join(folder, 'data/instances/default'), { recursive: true });
    await symlink('.', join(folder, 'link-to-all'));
    const target = join(folder, 'data/instances/default/root');
    await expect(openStore().unpack(image, target, () => {})).rejects.toMatchObject({
      code: 'EFFECT_REFUSED',
      path: 'spec.image',
    });
    expect(await readdir(join(folder, 'data/instances/default'))).toEqual([]);
    expect(await openStore().currentDigest(image)).toBeUndefined();
  });
});
