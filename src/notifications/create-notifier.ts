import { setTimeout as sleep } from 'node:timers/promises';
import { shorten } from '../domain/cut-to-length.ts';
import { describeThrown } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type { Log } from '../domain/log.ts';
import type { Notification, NotificationEvent } from '../domain/notification.ts';
import { redactSecrets } from '../domain/secret-patterns.ts';
import { createEmailChannel, type EmailSettings } from './email-channel.ts';
import { FinalFault, type Channel, type Notifier } from './notifier.ts';
import { createWebhookChannel, type WebhookSettings } from './webhook-channel.ts';

/** As the configuration's section `notify` says. */
export interface NotifierSettings {
  readonly webhooks: readonly WebhookSettings[];
  /** Without `smtp` no mail is sent. */
  readonly email: { readonly [Field in keyof EmailSettings]?: EmailSettings[Field] | undefined };
  readonly events: readonly NotificationEvent[];
}

/** Pauses between the tries of one channel; one more try than pauses. */
const pausesMs: readonly number[] = [500, 2_000];
/** For all tries of one channel. Activities tell, and have 30 s for all they do. */
const longestMs = 15_000;
const limits = { title: 200, text: 8_000 } as const;

/** The notifier of a runtime: all its channels are told at once, each with tries of its own. */
export function createNotifier({ webhooks, email, events }: NotifierSettings, log: Log): Notifier {
  const { smtp, from, to } = email;
  const channels: readonly Channel[] = [
    ...webhooks.map((webhook, index) => createWebhookChannel(webhook, `notify.webhooks[${index}]`)),
    ...(smtp === undefined || from === undefined || to === undefined ? [] : [createEmailChannel({ smtp, from, to })]),
  ];
  const tell = async (channel: Channel, notification: Notification): Promise<void> => {
    const about = { channel: channel.name, event: notification.event, resource: showResource(notification.resource) };
    try {
      await sendInTime(channel, notification);
      log.info(about, 'notified');
    } catch (error) {
      log.warn({ ...about, cause: redactSecrets(describeThrown(error)) }, 'cannot notify, nobody was told');
    }
  };
  return {
    async notify(notification) {
      if (!events.includes(notification.event)) return;
      const safe = toSafeNotification(notification);
      await Promise.all(channels.map((channel) => tell(channel, safe)));
    },
  };
}

/** Gives up when its time is over, whatever the channel is waiting for. */
async function sendInTime(channel: Channel, notification: Notification): Promise<void> {
  const ending = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    ending.abort();
    reject(new Error(`took longer than ${longestMs / 1_000} s`));
  }, longestMs);
  try {
    await Promise.race([sendWithRetries(channel, notification, ending.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function sendWithRetries(channel: Channel, notification: Notification, signal: AbortSignal): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await channel.send(notification);
    } catch (error) {
      const pause = pausesMs[tries];
      if (pause === undefined || error instanceof FinalFault || signal.aborted) throw error;
      await sleep(pause, undefined, { signal });
    }
  }
}

/** What leaves the process: short enough for every channel, without what looks like a secret, in whole characters. */
function toSafeNotification(notification: Notification): Notification {
  const clean = (text: string, limit: number) => shorten(redactSecrets(text.slice(0, limit * 4)).toWellFormed(), limit);
  const title = clean(notification.title, limits.title).replaceAll(/\s+/g, ' ');
  return { ...notification, title, text: clean(notification.text, limits.text) };
}
