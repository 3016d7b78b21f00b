import { z } from 'zod';
import { notificationEvents } from '../domain/notification.ts';
import { list, safeUrl } from './schema-parts.ts';

/**
 * The section `notify` of `homeostat.yaml`: who is told when a person should know.
 *
 *     notify:
 *       webhooks: [https://hooks.slack.com/services/…, { url: 'https://example.com/hook', format: json }]
 *       email: { smtp: 'smtps://user:password@mail.example.com', from: homeostat@example.com, to: [ops@example.com] }
 */

const slackHost = 'hooks.slack.com';

const format = z.enum(['slack', 'json']);
/** The address may hold a token, so it is never shown. */
const webhook = z
  .union([z.string().transform((url) => ({ url })), z.strictObject({ url: z.string(), format: format.optional() })])
  .pipe(z.object({ url: safeUrl, format: format.optional() }))
  .transform(({ url, format }) => ({
    url,
    format: format ?? (URL.parse(url)?.hostname === slackHost ? ('slack' as const) : ('json' as const)),
  }));

const smtpUrl = z.url({ protocol: /^smtps?$/ });
const address = z.string().regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/, 'must be an address, such as ops@example.com');

export const notifySchema = z
  .strictObject({
    webhooks: z
      .union([
        z.string().transform((joined): unknown[] => joined.split(',').map((part) => part.trim())),
        z.array(z.unknown()),
      ])
      .pipe(z.array(webhook).max(10))
      .default([])
      .meta({
        description:
          'Addresses that are posted to: each alone, or as `url` and `format`, `slack` or `json`. Without a format that of its host.',
        secret: true,
      }),
    email: z
      .strictObject({
        smtp: smtpUrl.optional().meta({
          description: 'Mail server, such as smtps://user:password@mail.example.com. Without it no mail is sent.',
          secret: true,
        }),
        from: address.optional().describe('Who the mail is from.'),
        to: list.pipe(z.array(address).max(50)).default([]).describe('Who gets it.'),
      })
      .refine(({ smtp, from, to }) => smtp === undefined || (from !== undefined && to.length > 0), {
        error: 'needs from and to beside it',
        path: ['smtp'],
      })
      .prefault({}),
    events: list
      .pipe(z.array(z.enum(notificationEvents)))
      .default([...notificationEvents])
      .describe('Of what is told.'),
  })
  .prefault({});
