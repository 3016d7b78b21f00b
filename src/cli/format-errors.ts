import {
  describeThrown,
  escapeControls,
  HomeostatError,
  toCodedErrors,
  toShownError,
  type ShownError,
} from '../domain/failure.ts';
import type { OutputFormat } from './global-options.ts';

/** Everything an error says, for stderr: a line each, or one JSON object when the output is JSON. */
export function formatErrors(error: unknown, output: OutputFormat | undefined): string {
  const coded = toCodedErrors(error);
  const errors = coded.length > 0 ? coded : [toUnexpected(error)];
  if (output === 'json') return toJson(errors.map(toShownError));
  return errors.map((one) => `${escapeControls(one.message)}\n`).join('');
}

/** A command line that was not understood: what commander says of it, with the way to the help. */
export function toUsageError(message: string, commandName: string | undefined): HomeostatError {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const meant = suggestion === undefined ? '' : `${suggestion.replace(/^\((.*)\)$/, '$1').replace(/^D/, 'd')} `;
  return new HomeostatError('USAGE', {
    path: 'command line',
    problem: first.replace(/\.$/, ''),
    remedy: `${meant}see: homeostat ${commandName === undefined ? '' : `${commandName} `}--help`,
  });
}

function toUnexpected(error: unknown): HomeostatError {
  return new HomeostatError('RUNTIME_FAULT', {
    problem: `unexpected: ${describeThrown(error).split('\n', 1)[0]!}`,
    remedy: 'look with: homeostat doctor',
    cause: error,
  });
}

function toJson(errors: readonly ShownError[]): string {
  return `${JSON.stringify({ errors }, null, 2)}\n`;
}
