/** `package.json` as far as packing reads and changes it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** What only this repository has a use for. The scripts stay: npm looks for `postpack` in the manifest it has packed. */
const ownFields = new Set(['devDependencies', 'overrides']);

/**
 * The manifest of the package, made from the repository's: every `src/….ts` it names becomes the `dist/….js` built from
 * it, because Node runs no TypeScript below `node_modules`. Throws for an entry that is not built.
 */
export function toPublishedManifest(manifest: Manifest): Record<string, unknown> {
  const kept = Object.entries(manifest).filter(([field]) => !ownFields.has(field));
  return {
    ...Object.fromEntries(kept),
    bin: mapValues(manifest.bin, (source) => toBuilt(source, '.js')),
    exports: mapValues(manifest.exports, (source) =>
      source.endsWith('.json') ? source : { types: toBuilt(source, '.d.ts'), default: toBuilt(source, '.js') },
    ),
  };
}

function toBuilt(source: string, extension: '.js' | '.d.ts'): string {
  const match = /^\.\/src\/(.+)\.ts$/.exec(source);
  if (match === null) throw new Error(`package.json names ${source}, which is not built from src`);
  return `./dist/${match[1]}${extension}`;
}

function mapValues<Value>(record: Readonly<Record<string, string>>, map: (value: string) => Value) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
