import { userInfo } from 'node:os';
import { expect } from 'vitest';
import type { Finished } from './run-program.ts';

/** A screen with everything in it that differs from run to run and from machine to machine made the same. */
export function toScreen(args: readonly string[], { code, stdout, stderr }: Finished, folder: string): string {
  const told = [
    `$ homeostat ${args.join(' ')}\n`,
    stdout,
    ...(stderr === '' ? [] : ['--- stderr\n', stderr]),
    ...(code === 0 ? [] : [`--- exit code ${code}\n`]),
  ];
  return normalise(told.join(''), folder);
}

export function normalise(text: string, folder: string): string {
  return text
    .replaceAll(folder, '<folder>')
    .replaceAll(`unverified:${userInfo().username}`, 'unverified:<user>')
    .replaceAll(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/g, '<time>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<run>')
    .replaceAll(/\b(plan\.[\w.-]+)\.[0-9a-f]{8}\b/g, '$1.<n>')
    .replaceAll(/\b(sha256:)?[0-9a-f]{64}\b/g, '<digest>')
    .replaceAll(/\b(?=[0-9a-f]*[0-9])[0-9a-f]{12}\b/g, '<seal>')
    .replaceAll(/127\.0\.0\.1:[0-9]+/g, '127.0.0.1:<port>')
    .replaceAll(/host-[0-9a-f]{8}/g, '<host>')
    .replaceAll(/expires in [0-9a-z ]+ min/g, 'expires in <time>')
    .replaceAll(/("?(?:version|settledRevision|desiredRevision)"?[:=] ?|Version +)[0-9]+/g, '$1<n>')
    .replaceAll(/("?(?:resourceId|id)"?: )"[0-9]+"/g, '$1"<n>"')
    .replaceAll(/("expiresAt": )[0-9]+/g, '$1<n>')
    .replaceAll(/\bv[0-9]+\.[0-9]+\.[0-9]+\b/g, 'v<version>')
    .replaceAll(/[0-9]+\.[0-9] ?s\b/g, '<seconds>');
}

/** Compares with `test/e2e/screens/<name>.txt`; `vitest -u` writes what is seen now. */
export async function expectScreen(name: string, screens: readonly string[]): Promise<void> {
  await expect(screens.join('\n')).toMatchFileSnapshot(`../e2e/screens/${name}.txt`);
}
