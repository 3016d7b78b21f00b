import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createChances } from '../../../eval/stage/chances.ts';
import { putIn } from '../../../eval/stage/put-in.ts';
import type { Service } from '../../../eval/stage/service.ts';

const chances = createChances(1);

async function serve(answer: (response: ServerResponse, server: Server) => void): Promise<number> {
  const server = createServer((_, response) => answer(response, server));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

function ask(port: number, times: number) {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-eval-put-in-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'notes.jsonl'),
    JSON.stringify({ type: 'start', pid: 1, at: 1, by: 'keeper', cwd: folder }),
  );
  const service = { name: 'web-a', port, folders: { notes: folder } } as Service;
  return putIn({ do: 'request', to: 'web', path: '/report', times }, service, chances);
}

test('a request to a service that does not listen puts nothing in, and says so', async () => {
  await expect(ask(await chances.port(), 1)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

test('a request that is never answered is in all the same', async () => {
  let asked = 0;
  await ask(await serve(() => void (asked += 1)), 1);
  expect(asked).toBe(1);
});

test('a service that is ended under the requests has had some of them', async () => {
  let asked = 0;
  const port = await serve((response, server) => {
    asked += 1;
    server.close();
    response.setHeader('connection', 'close').end();
  });
  await ask(port, 3);
  expect(asked).toBe(1);
});
