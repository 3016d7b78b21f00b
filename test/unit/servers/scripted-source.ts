import type { BinarySource } from '../../../src/servers/sources/binary-source.ts';
import type { FoundBinary, ServersOptions } from '../../../src/servers/types.ts';

type Answer = FoundBinary | { readonly absent: string } | Error;

/** A source with one prepared answer; `calls` tells who was asked, in order. */
export class ScriptedSource implements BinarySource {
  readonly isSlow: boolean;
  readonly #name: string;
  readonly #answer: Answer;
  readonly #calls: string[];

  constructor(name: string, isSlow: boolean, answer: Answer, calls: string[]) {
    this.#name = name;
    this.isSlow = isSlow;
    this.#answer = answer;
    this.#calls = calls;
  }

  label(): string {
    return this.#name;
  }

  find(): Promise<FoundBinary | { absent: string }> {
    this.#calls.push(this.#name);
    return this.#answer instanceof Error ? Promise.reject(this.#answer) : Promise.resolve(this.#answer);
  }
}

export function optionsIn(folder: string): ServersOptions {
  return { dataDir: `${folder}/data`, cacheDir: `${folder}/cache`, temporal: {}, etcd: {} };
}
