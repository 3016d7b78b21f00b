import type { IncomingMessage } from 'node:http';

/**
 * The whole body as text; undefined as soon as it is larger than allowed: what comes after that is not kept. Throws when
 * whoever sends it goes away.
 */
export function readBody(request: IncomingMessage, maximumBytes: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maximumBytes) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maximumBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        request.off('data', take).pause();
        resolve(undefined);
      }
    };
    request
      .on('data', take)
      .once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
      .once('error', reject)
      .once('close', () => reject(new Error('the sender went away')));
  });
}
