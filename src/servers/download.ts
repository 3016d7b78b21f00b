import { createWriteStream } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';

const CONNECT_MS = 5000;
const IDLE_MS = 20_000;
const MOST_REDIRECTS = 5;

/**
 * Downloads one file, following redirects. Without a network it fails within five seconds, so that the next source
 * gets its turn; a transfer that stalls is given up too. The caller checks the checksum: nothing here is trusted.
 */
export async function download(address: string, file: string): Promise<void> {
  let url = new URL(address);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const response = await get(url);
    const status = response.statusCode ?? 0;
    if (status >= 300 && status < 400 && response.headers.location !== undefined) {
      response.resume();
      url = new URL(response.headers.location, url);
      continue;
    }
    if (status !== 200) {
      response.resume();
      throw new Error(`${url.host} answers ${status}`);
    }
    await pipeline(response, createWriteStream(file));
    return;
  }
  throw new Error(`more than ${MOST_REDIRECTS} redirects from ${address}`);
}

function get(url: URL): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, {
      headers: { 'user-agent': 'homeostat' },
    });
    const fail = (what: string): void => void request.destroy(new Error(`${url.host}: ${what}`));
    const timer = setTimeout(() => fail(`no answer in ${CONNECT_MS / 1000} s`), CONNECT_MS);
    request.setTimeout(IDLE_MS, () => fail(`nothing received for ${IDLE_MS / 1000} s`));
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end();
  });
}
