import { HomeostatError } from '../domain/failure.ts';
import { checkDnsLabel, isKindName, type ResourceKey } from '../domain/identity.ts';
import { toUnknownKind } from '../domain/unknown-kind.ts';
import type { ReadDoor } from '../starters/read-door.ts';

type Reader = Pick<ReadDoor, 'kinds' | 'find'>;

/** The resource `Kind/name` names; the kind in any case, as long as it is published or such a resource exists. */
export async function resolveResource(text: string, tenant: string, read: Reader): Promise<ResourceKey> {
  const [kindText = '', nameText, ...rest] = text.split('/');
  if (nameText === undefined || rest.length > 0) {
    throw new HomeostatError('INVALID_VALUE', {
      path: 'resource',
      problem: 'not the name of a resource',
      got: text,
      remedy: 'write Kind/name, such as Instance/web',
    });
  }
  const name = checkDnsLabel(nameText, 'name');
  const kinds = await read.kinds();
  const kind = matchKind(kindText, kinds);
  if (kind !== undefined) return { tenant, kind, name };
  // Written past our doors it may be of a kind nobody keeps, and must still be seen and deleted.
  const stray = { tenant, kind: kindText, name };
  if (isKindName(kindText) && (await read.find(stray)) !== undefined) return stray;
  throw toUnknownKind(kindText, kinds);
}

/** Several names, in their order. */
export async function resolveAll(
  names: readonly string[],
  { read, tenant }: { readonly read: Reader; readonly tenant: string },
): Promise<readonly ResourceKey[]> {
  const keys: ResourceKey[] = [];
  for (const name of names) keys.push(await resolveResource(name, tenant, read));
  return keys;
}

/** The kind a word names: `Instance`, `instance` or `instances`. */
export async function resolveKind(text: string, read: Reader): Promise<string> {
  const kinds = await read.kinds();
  const kind = matchKind(text, kinds);
  if (kind !== undefined) return kind;
  throw toUnknownKind(text, kinds);
}

function matchKind(text: string, kinds: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  return (
    kinds.find((kind) => kind === text) ??
    kinds.find((kind) => [lower, lower.replace(/s$/, '')].includes(kind.toLowerCase()))
  );
}
