import { canConnect } from './ports.ts';
import { withProgress } from './progress.ts';
import type { ProgressReport } from './progress.ts';
import { ServersError } from './servers-error.ts';
import type { ServerName } from './types.ts';

const PATIENCE_MS = 10_000;
const CONNECT_MS = 2000;

/** Throws SERVER_UNREACHABLE unless one of the configured addresses accepts a connection. Never starts anything. */
export async function assertConfiguredAnswers(
  name: ServerName,
  path: string,
  addresses: readonly string[],
  report: ProgressReport,
): Promise<undefined> {
  await withProgress(report, name, `configured at ${addresses.join(', ')}`, async () => {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await doesAnyAnswer(addresses))) {
      if (performance.now() > deadline) {
        throw new ServersError(
          'SERVER_UNREACHABLE',
          `${path}: nobody accepts a connection there (got ${addresses.join(', ')}) — start that server, correct ${path}, or leave it out to have one started here`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  });
}

export async function doesAnyAnswer(addresses: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(
    addresses.map(async (address) => {
      const parsed = parseAddress(address);
      return parsed !== undefined && (await canConnect(parsed.host, parsed.port, CONNECT_MS));
    }),
  );
  return answers.includes(true);
}

/** `host:port`, `[ip6]:port` or a URL, as host and port. */
export function parseAddress(address: string): { host: string; port: number } | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address);
  const url = URL.parse(hasScheme ? address : `tcp://${address}`);
  if (url === null || url.hostname === '') return undefined;
  const implied = { 'http:': 80, 'https:': 443 }[url.protocol];
  const port = url.port === '' ? implied : Number(url.port);
  return port === undefined ? undefined : { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}
