import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { notificationEvents, type Notification } from '../../../src/domain/notification.ts';
import { createNotifier, type NotifierSettings } from '../../../src/notifications/create-notifier.ts';
import { passTime } from '../../support/fake-time.ts';
import { startFakeSmtp, type FakeSmtp } from '../../support/fake-smtp.ts';

interface Posted {
  readonly path: string;
  readonly body: unknown;
}

let server: Server;
let url: string;
let posted: Posted[];
/** Statuses for the next posts, 200 after that; 0 closes the connection, and a text leads elsewhere. */
let statuses: (number | string)[];
let smtp: FakeSmtp;
let logged: { readonly level: string; readonly fields: object; readonly message: string }[];

beforeEach(async () => {
  posted = [];
  statuses = [];
  logged = [];
  server = createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  smtp = await startFakeSmtp();
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await smtp.close();
});

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  posted.push({ path: request.url ?? '', body: JSON.parse(await readText(request)) as unknown });
  const status = statuses.shift() ?? 200;
  if (status === 0) request.socket.destroy();
  else if (typeof status === 'string') response.writeHead(302, { location: status }).end();
  else response.writeHead(status).end('ok');
}

const notification: Notification = {
  event: 'incident-escalated',
  title: 'service_down on Instance/web was not repaired',
  text: '# What was tried\n\n**restart**: it ended again <!channel>\n\n```\nconnection refused\n```\n',
  severity: 'critical',
  resource: { tenant: 'default', kind: 'Instance', name: 'web' },
  links: [{ title: 'Run', url: 'http://127.0.0.1:8233/namespaces/default/workflows/heal.default.Instance.web' }],
};

function notify(settings: Partial<NotifierSettings>, said: Partial<Notification> = {}): Promise<void> {
  const note = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
  const notifier = createNotifier(
    { webhooks: [], email: {}, events: notificationEvents, ...settings },
    { info: note('info'), warn: note('warn') },
  );
  return notifier.notify({ ...notification, ...said });
}
const hook = (format: 'slack' | 'json', path = '/services/T0/B0/hush') => ({ url: url + path, format });
const mail = (login = '') => ({
  smtp: `smtp://${login}127.0.0.1:${smtp.port}`,
  from: 'homeostat@example.com',
  to: ['ops@example.com', 'boss@example.com'],
});

describe('a webhook', () => {
  test('of Slack gets text and blocks that Slack takes, and calls nobody who was only quoted', async () => {
    await notify({ webhooks: [hook('slack')] });
    expect(posted).toEqual([
      {
        path: '/services/T0/B0/hush',
        body: {
          text: ':red_circle: service_down on Instance/web was not repaired',
          blocks: [
            { type: 'header', text: { type: 'plain_text', text: notification.title } },
            {
              type: 'context',
              elements: [{ type: 'mrkdwn', text: ':red_circle: critical · `Instance/web` · tenant default' }],
            },
            {
              type: 'section',
              text: {
                type: 'mrkdwn',
                text: '*What was tried*\n\n*restart*: it ended again &lt;!channel&gt;\n\n```\nconnection refused\n```\n',
              },
            },
            {
              type: 'context',
              elements: [{ type: 'mrkdwn', text: `<${notification.links[0]!.url}|Run>` }],
            },
          ],
        },
      },
    ]);
  });

  test("stays within Slack's limits however long the report is", async () => {
    await notify({ webhooks: [hook('slack')] }, { title: 'x'.repeat(5_000), text: '😀'.repeat(100_000) });
    const { blocks } = posted[0]!.body as { blocks: { type: string; text?: { text: string } }[] };
    expect(blocks.find(({ type }) => type === 'header')!.text!.text.length).toBeLessThanOrEqual(150);
    const section = blocks.find(({ type }) => type === 'section')!.text!.text;
    expect(section.length).toBeLessThanOrEqual(3_000);
    expect(section.isWellFormed()).toBe(true);
  });

  test('of others gets the notification as it is', async () => {
    await notify({ webhooks: [hook('json')] });
    const { event, severity, title, text, links } = notification;
    expect(posted.map(({ body }) => body)).toEqual([
      { event, severity, title, text, tenant: 'default', resource: 'Instance/web', links },
    ]);
  });

  test('is tried three times when it fails, then given up with a warning that does not hold its address', async () => {
    statuses = [503, 0, 500];
    await notify({ webhooks: [hook('json')] });
    expect(posted).toHaveLength(3);
    expect(logged).toEqual([
      {
        level: 'warn',
        fields: {
          channel: 'notify.webhooks[0]',
          event: 'incident-escalated',
          resource: 'Instance/web',
          cause: 'answered 500',
        },
        message: 'cannot notify, nobody was told',
      },
    ]);
    expect(JSON.stringify(logged)).not.toContain('hush');
  });

  test('that comes back is told by the next try', async () => {
    statuses = [429];
    await notify({ webhooks: [hook('json')] });
    expect(posted).toHaveLength(2);
    expect(logged.map(({ level }) => level)).toEqual(['info']);
  });

  test.each([
    { reason: 'refuses for good', status: 404 },
    { reason: 'leads elsewhere', status: '/elsewhere' },
  ])('that $reason is not tried again', async ({ status }) => {
    statuses = [status];
    await notify({ webhooks: [hook('json')] });
    expect(posted.map(({ path }) => path)).toEqual(['/services/T0/B0/hush']);
    expect(logged.map(({ level }) => level)).toEqual(['warn']);
  });

  test('one that nobody serves costs no other its message, and nothing is thrown', async () => {
    await notify({ webhooks: [{ url: 'http://127.0.0.1:1/hush', format: 'json' }, hook('json')] });
    expect(posted).toHaveLength(1);
    expect(logged.map(({ level }) => level).toSorted()).toEqual(['info', 'warn']);
    expect(JSON.stringify(logged)).not.toContain('hush');
  });
});

describe('a mail', () => {
  test('goes to everybody in one conversation, with a subject, the report and where to look', async () => {
    await notify({ email: mail('app:hunter2@') });
    expect(smtp.mails).toHaveLength(1);
    const [{ from, to, data, login }] = smtp.mails as [(typeof smtp.mails)[0]];
    expect({ from, to, login }).toEqual({
      from: 'homeostat@example.com',
      to: ['ops@example.com', 'boss@example.com'],
      login: 'app hunter2',
    });
    expect(data).toMatch(/^Subject: \[critical\] service_down on Instance\/web was not repaired$/m);
    expect(data).toMatch(/^Auto-Submitted: auto-generated$/im);
    expect(data).toContain('connection refused');
    expect(data).toContain('Resource: Instance/web (tenant default)');
    expect(JSON.stringify(logged)).not.toContain('hunter2');
  });

  test('a title of several lines makes no header of its own', async () => {
    await notify({ email: mail() }, { title: 'down\r\nBcc: thief@example.com' });
    expect(smtp.mails[0]!.to).toEqual(['ops@example.com', 'boss@example.com']);
    expect(smtp.mails[0]!.data).not.toMatch(/^Bcc:/m);
  });

  test('is tried again when the server says later, and not when it says never', async () => {
    smtp.answer('MAIL', '451 later');
    await notify({ email: mail() });
    expect([smtp.mails.length, smtp.connections]).toEqual([1, 2]);
    smtp.answer('MAIL', '550 never');
    await notify({ email: mail() });
    expect([smtp.mails.length, smtp.connections]).toEqual([1, 3]);
  });

  test('to a server that says nothing is given up before whoever tells runs out of time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    smtp.answer('EHLO', 'hang');
    await passTime(notify({ email: mail() }));
    expect(logged).toMatchObject([{ level: 'warn', fields: { cause: expect.stringContaining('15 s') as string } }]);
  });

  test('a login that is refused is not tried again, and the password is not logged', async () => {
    smtp.answer('AUTH', '535 no');
    await notify({ email: mail('app:hunter2@') });
    expect([smtp.mails.length, smtp.connections]).toEqual([0, 1]);
    expect(logged.map(({ level }) => level)).toEqual(['warn']);
    expect(JSON.stringify(logged)).not.toContain('hunter2');
  });
});

describe('what is told', () => {
  test('an event that nobody wants to hear of is not', async () => {
    await notify({ webhooks: [hook('json')], events: ['approval-pending'] });
    expect(posted).toEqual([]);
  });

  test('without a channel nothing is done', async () => {
    await notify({});
    expect(logged).toEqual([]);
  });

  test('what looks like a secret is taken out before it leaves', async () => {
    await notify({ webhooks: [hook('json'), hook('slack')] }, { text: 'postgres://app:hunter2@db/orders said no' });
    expect(posted).toHaveLength(2);
    expect(JSON.stringify(posted)).not.toContain('hunter2');
    expect(JSON.stringify(posted)).toContain('[secret]');
  });
});
