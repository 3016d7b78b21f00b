import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { download } from '../../../src/servers/download.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function serve(routes: Readonly<Record<string, { status: number; location?: string; body?: string }>>) {
  const server = createServer((request, response) => {
    const route = routes[request.url ?? ''] ?? { status: 404 };
    response.writeHead(route.status, route.location === undefined ? {} : { location: route.location });
    response.end(route.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

test('redirects are followed', async () => {
  const base = await serve({ '/a': { status: 302, location: '/b' }, '/b': { status: 200, body: 'archive' } });
  const file = join(await temporaryFolder(), 'file');
  await download(`${base}/a`, file);
  expect(await readFile(file, 'utf8')).toBe('archive');
});

test('an endless redirect, a missing file and a closed port all fail', async () => {
  const base = await serve({ '/loop': { status: 302, location: '/loop' } });
  const file = join(await temporaryFolder(), 'file');
  await expect(download(`${base}/loop`, file)).rejects.toThrow('redirects');
  await expect(download(`${base}/none`, file)).rejects.toThrow('404');
  await expect(download('http://127.0.0.1:9/none', file)).rejects.toThrow();
});
