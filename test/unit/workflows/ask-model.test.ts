import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { toAskingFault } from '../../../src/workflows/ask-model.ts';

const failed = (cause: Error) => new ActivityFailure('failed', 'askModel', '1', 'TIMEOUT', undefined, cause);

test('what waits too long in the queue of a provider says so, and nothing of a host', () => {
  const fault = toAskingFault(failed(new TimeoutFailure('late', undefined, 'SCHEDULE_TO_START')), 'openai');
  expect(fault).toEqual({
    code: 'MODEL_UNAVAILABLE',
    message: expect.stringMatching(/^MODEL_UNAVAILABLE models\.openai: waited ten minutes in its queue: /),
  });
});

test('what a provider did is told as it is', () => {
  const message = 'MODEL_RATE_LIMITED models.openai: slowly';
  const fault = toAskingFault(failed(ApplicationFailure.nonRetryable(message, 'MODEL_RATE_LIMITED')), 'openai');
  expect(fault).toMatchObject({ code: 'MODEL_RATE_LIMITED', message });
});
