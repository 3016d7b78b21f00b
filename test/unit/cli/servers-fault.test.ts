import { expect, test } from 'vitest';
import { formatErrors } from '../../../src/cli/format-errors.ts';
import { toServersFault } from '../../../src/cli/servers-fault.ts';
import { ServersError } from '../../../src/servers/servers-error.ts';

test('a server that did not start is told by its own code, with the end of its log on one line', () => {
  const fault = new ServersError('SERVER_NOT_STARTED', 'etcd: exit code 3 — see /log, which ends with\nfirst\n\nlast');
  expect(formatErrors(toServersFault(fault), 'table')).toBe(
    'SERVER_NOT_STARTED servers: etcd: exit code 3 — see /log, which ends with: first | last\n',
  );
});

test('what is none of the servers errors stays as it is', () => {
  const error = new Error('boom');
  expect(toServersFault(error)).toBe(error);
});
