import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/**
 * The default converter, except that a payload it cannot read becomes a marker instead of an exception. A message from
 * outside that threw here would fail the workflow's task for ever; the marker fits no schema and is refused by the handler.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch {
      return { $undecodable: true } as T;
    }
  },
};
