import { readFileSync } from 'node:fs';

/** The package's version; sources and build lie equally deep below its root. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
