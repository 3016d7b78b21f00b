import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '../../src/domain/resource.ts';
import { findFreePort } from '../../src/servers/index.ts';
import { parseDocuments, type SourceDocument } from '../../src/starters/parse-documents.ts';

/** The ports of `examples/shop`, and where the demonstration's own shop stands, beside one that may run already. */
const shopPorts = [7401, 7402, 7403] as const;

export interface Shop {
  readonly documents: readonly SourceDocument[];
  /** Port of a program that answers HTTP. */
  readonly ports: { readonly db: number; readonly api: number; readonly web: number };
  /** One resource of the shop, changed. */
  with(name: string, change: (resource: ChangedResource) => void): readonly SourceDocument[];
}

export interface ChangedResource {
  readonly metadata: object;
  readonly spec: object;
}

export async function readShop(): Promise<Shop> {
  const [db, api, web] = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
  const ports = { db, api, web };
  const moved = Object.values(ports);
  const documents = ['db', 'api', 'web'].flatMap((name) => {
    const source = join('examples', 'shop', `${name}.yaml`);
    const text = shopPorts.reduce(
      (now, port, index) => now.replaceAll(String(port), String(moved[index])),
      readFileSync(source, 'utf8'),
    );
    return parseDocuments(text, { source });
  });
  return {
    documents,
    ports,
    with(name, change) {
      const document = documents.find(({ value }) => (value as Resource).metadata.name === name)!;
      const value = structuredClone(document.value) as ChangedResource;
      change(value);
      return [{ ...document, value }];
    },
  };
}
