import { shorten } from '../domain/cut-to-length.ts';
import { showResource } from '../domain/identity.ts';
import type { Notification } from '../domain/notification.ts';

/** What Slack allows in a header and in a section, in characters. */
const limits = { header: 150, section: 3_000 } as const;
const marks = { critical: ':red_circle:', warning: ':large_orange_circle:', info: ':large_blue_circle:' } as const;

/** A message for an incoming webhook of Slack: `text` for notifications on a phone, `blocks` for the channel. */
export function toSlackMessage({ title, text, severity, resource, links }: Notification): object {
  const about = `${marks[severity]} ${severity} · \`${showResource(resource)}\` · tenant ${resource.tenant}`;
  const linked = links.map((link) => `<${escape(link.url).replaceAll('|', '%7C')}|${escape(link.title)}>`).join(' · ');
  return {
    text: `${marks[severity]} ${escape(title)}`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: shorten(title, limits.header) } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: about }] },
      ...(text.trim() === ''
        ? []
        : [{ type: 'section', text: { type: 'mrkdwn', text: shorten(toMrkdwn(text), limits.section) } }]),
      ...(linked === ''
        ? []
        : [{ type: 'context', elements: [{ type: 'mrkdwn', text: shorten(linked, limits.section) }] }]),
    ],
  };
}

/** Nothing that was quoted may call a whole channel (`<!channel>`) or hide where a link leads. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Markdown in Slack's own spelling, as far as our reports use it: headings and bold. */
function toMrkdwn(text: string): string {
  return escape(text)
    .replaceAll(/^#{1,6} +(.*)$/gm, '*$1*')
    .replaceAll(/\*\*(.+?)\*\*/g, '*$1*');
}
