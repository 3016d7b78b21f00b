import { causeOf, describeThrown } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type { Notification } from '../domain/notification.ts';
import { FinalFault, type Channel } from './notifier.ts';
import { toSlackMessage } from './slack-message.ts';

export interface WebhookSettings {
  readonly url: string;
  readonly format: 'slack' | 'json';
}

const timeoutMs = 5_000;

/** Posts JSON to one address: what Slack reads, or the notification as it is. Follows no redirect. */
export function createWebhookChannel({ url, format }: WebhookSettings, name: string): Channel {
  return {
    name,
    async send(notification) {
      const body = format === 'slack' ? toSlackMessage(notification) : toJsonMessage(notification);
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'homeostat' },
        body: JSON.stringify(body),
        // A redirect is an answer that is no success: what it leads to was not configured.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        // fetch says only that it failed; the reason is its cause. Neither holds the address.
        throw new Error(describeThrown(causeOf(error)));
      });
      await response.body?.cancel();
      if (response.ok) return;
      const { status } = response;
      const text = `answered ${status}`;
      throw status >= 500 || status === 408 || status === 429 ? new Error(text) : new FinalFault(text);
    },
  };
}

/** The body in the format `json`. Fields may be added; none changes its meaning. */
function toJsonMessage({ event, title, text, severity, resource, links }: Notification): object {
  return { event, severity, title, text, tenant: resource.tenant, resource: showResource(resource), links };
}
