import { describe, expect, test } from 'vitest';
import { formatErrors, toUsageError } from '../../../src/cli/format-errors.ts';
import { HomeostatError, HomeostatErrors } from '../../../src/domain/failure.ts';

const unknown = new HomeostatError('UNKNOWN_FIELD', {
  path: 'spec.replica',
  problem: 'no such field',
  remedy: 'did you mean replicas?',
});
const missing = new HomeostatError('NOT_FOUND', { path: 'Instance/web', problem: 'no such resource' });

describe('errors on stderr', () => {
  test('are a line each', () => {
    expect(formatErrors(new HomeostatErrors([unknown, missing]), 'table')).toBe(
      'UNKNOWN_FIELD spec.replica: no such field — did you mean replicas?\nNOT_FOUND Instance/web: no such resource\n',
    );
  });

  test('are one JSON object where JSON was asked for', () => {
    expect(JSON.parse(formatErrors(new HomeostatErrors([unknown, missing]), 'json'))).toEqual({
      errors: [
        {
          code: 'UNKNOWN_FIELD',
          path: 'spec.replica',
          message: 'UNKNOWN_FIELD spec.replica: no such field — did you mean replicas?',
          remedy: 'did you mean replicas?',
        },
        { code: 'NOT_FOUND', path: 'Instance/web', message: 'NOT_FOUND Instance/web: no such resource' },
      ],
    });
  });

  test('carry nothing a terminal would obey', () => {
    const evil = new HomeostatError('NOT_FOUND', { path: 'a\u001b[2Jb', problem: 'x\u202ey' });
    expect(formatErrors(evil, 'table')).toBe('NOT_FOUND a\\u{1b}[2Jb: x\\u{202e}y\n');
  });

  test('nobody thought of say so, in one line', () => {
    expect(formatErrors(new Error('boom\nat somewhere'), 'table')).toBe(
      'RUNTIME_FAULT $: unexpected: boom — look with: homeostat doctor\n',
    );
  });
});

describe('a command line that was not understood', () => {
  test('is told in plain words, with what was probably meant', () => {
    expect(toUsageError("error: unknown command 'aply'\n(Did you mean apply?)", undefined).message).toBe(
      "USAGE command line: unknown command 'aply' — did you mean apply? see: homeostat --help",
    );
  });

  test('names the help of its command', () => {
    expect(toUsageError("error: unknown option '--al'", 'approvals').message).toBe(
      "USAGE command line: unknown option '--al' — see: homeostat approvals --help",
    );
  });
});
