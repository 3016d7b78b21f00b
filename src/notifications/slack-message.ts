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
      ...(text.trim() === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text: toMrkdwn(text) } }]),
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

/** Runs of lines with four spaces before them: what a report quotes. */
const quoted = /((?:(?<=^|\n) {4}[^\n]*(?:\n|$))+)/;
const fence = '```';

/** Markdown in Slack's own spelling, as far as our reports use it: headings, bold, quoted lines, escaped characters. */
function toMrkdwn(text: string): string {
  const parts = text.split(quoted);
  return toSection(parts.map((part, index) => (index % 2 === 0 ? toProse(part) : toCodeBlock(part))).join(''));
}

function toProse(text: string): string {
  return escape(text.replaceAll(/\\([`*_[\]<>|])/g, toPlain))
    .replaceAll(/^#{1,6} +(.*)$/gm, '*$1*')
    .replaceAll(/\*\*(.+?)\*\*/g, '*$1*');
}

/** Slack knows no escapes: what would begin a format there becomes a character that looks like it. */
function toPlain(_: string, character: string, at: number, text: string): string {
  const isInWord = /\w/.test(text[at - 1] ?? '') && /\w/.test(text[at + 2] ?? '');
  return (isInWord && character === '_' ? undefined : lookAlikes[character]) ?? character;
}

const lookAlikes: Readonly<Record<string, string>> = { '*': '\u2217', _: '\u02cd', '`': "'" };

/** Nothing in it is a format, nor ends it. */
function toCodeBlock(lines: string): string {
  const shown = lines.trimEnd().replaceAll(/(^|\n) {4}/g, '$1');
  return `${fence}\n${escape(shown).replaceAll('`', "'")}\n${fence}\n`;
}

/** As much as Slack takes. A block that is cut ends all the same: in one that is open everything is a format again. */
function toSection(text: string): string {
  const cut = shorten(text, limits.section - fence.length - 1);
  const isOpen = cut.split(fence).length % 2 === 0;
  return isOpen ? `${cut}\n${fence}` : cut;
}
