import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from '../../../src/api/listen.ts';

test('a port that this user may not listen on is refused at its field, with what to do', async () => {
  const server = createServer();
  // Whether the system refuses depends on who runs the tests and where.
  server.listen = () => {
    queueMicrotask(() => server.emit('error', Object.assign(new Error('listen EACCES'), { code: 'EACCES' })));
    return server;
  };
  await expect(listen(server, '127.0.0.1', 80, 'runtime.healthPort')).rejects.toThrow(
    'INVALID_CONFIG runtime.healthPort: this user may not listen there (got 80) — choose a port from 1024 on',
  );
});
