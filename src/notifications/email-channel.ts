import { describeThrown, escapeControls } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import { isLoopback } from '../domain/loopback.ts';
import type { Notification } from '../domain/notification.ts';
import { FinalFault, type Channel } from './notifier.ts';

export interface EmailSettings {
  /** `smtps://user:password@host`, or `smtp://…`, which goes on in TLS before it logs in. */
  readonly smtp: string;
  readonly from: string;
  readonly to: readonly string[];
}

const timeoutMs = 10_000;

/** Sends one mail a notification, as plain text. Beyond this machine only in TLS. */
export function createEmailChannel({ smtp, from, to }: EmailSettings): Channel {
  const isLocal = isLoopback(URL.parse(smtp)?.hostname ?? '');
  // Loaded with the first mail, not by every runtime that starts.
  const connect = async () => {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url: smtp,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      requireTLS: !isLocal,
      // A text is a text: nothing in it may name a file or an address to be read.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  };
  let transport: ReturnType<typeof connect> | undefined;
  return {
    name: 'notify.email',
    async send(notification) {
      try {
        transport ??= connect();
        const mailer = await transport;
        await mailer.sendMail({
          from,
          to: [...to],
          subject: `[${notification.severity}] ${escapeControls(notification.title)}`,
          text: toText(notification),
          headers: { 'auto-submitted': 'auto-generated' },
        });
      } catch (error) {
        throw toFault(error);
      }
    },
  };
}

function toText({ event, text, severity, resource, links }: Notification): string {
  const facts = [
    `Resource: ${showResource(resource)} (tenant ${resource.tenant})`,
    `Severity: ${severity}`,
    `Event:    ${event}`,
    ...links.map(({ title, url }) => `${title}: ${url}`),
  ];
  return `${text.trimEnd()}\n\n-- \n${facts.join('\n')}\n`;
}

/** A server that refuses for good says so by 5xx; a login that fails stays so. */
function toFault(error: unknown): Error {
  const { responseCode, code } = error as { readonly responseCode?: number; readonly code?: string };
  const isFinal = code === 'EAUTH' || (responseCode !== undefined && responseCode >= 500);
  return isFinal ? new FinalFault(describeThrown(error)) : new Error(describeThrown(error));
}
