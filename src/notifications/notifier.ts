import type { Notification } from '../domain/notification.ts';

/** Tells people what they should know. Whoever notifies goes on, whatever becomes of it. */
export interface Notifier {
  /**
   * Resolves when all that are to be told were told, or given up after three tries; never throws. Does nothing for an event
   * that nobody wants to hear of. The same notification again is sent again.
   */
  notify(notification: Notification): Promise<void>;
}

/** One place that is told. Throws when it could not be; `isFinal` says that trying again is of no use. */
export interface Channel {
  /** For the log: never an address, which may hold a token. */
  readonly name: string;
  send(notification: Notification): Promise<void>;
}

/** A channel's answer that will be the same the next time. */
export class FinalFault extends Error {
  override readonly name = 'FinalFault';
}
