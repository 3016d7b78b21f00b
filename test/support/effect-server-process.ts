import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface LoggedEffect {
  readonly at: number;
  readonly key: string;
  readonly object: string;
  readonly action: 'put' | 'remove';
  readonly value?: { readonly size?: number };
  readonly refused?: boolean;
}

/** The oracle, seen from a test. */
export interface EffectServer {
  readonly url: string;
  /** Everything that took place, in order; refused repeats left out. */
  effects(): readonly LoggedEffect[];
  /** Repeats that the target refused because it had done them. */
  refused(): readonly LoggedEffect[];
  /** Keys of the effects that the target is at work on. */
  underWay(): Promise<readonly string[]>;
  setBehaviour(behaviour: {
    delayMs?: number;
    failAfter?: boolean;
    failBefore?: boolean;
    refuse?: boolean;
    /** Whether it says of a key that it is at work on it. */
    tellUnderWay?: boolean;
  }): Promise<void>;
  objects(): Promise<Readonly<Record<string, { readonly size?: number }>>>;
  /** Changes a thing behind the runtime's back. */
  meddle(object: string, action: 'put' | 'remove', value?: object): Promise<void>;
  stop(): Promise<void>;
}

const file = fileURLToPath(new URL('./effect-server.ts', import.meta.url));

export async function startEffectServer(folder: string, mode: 'keyed' | 'plain' = 'keyed'): Promise<EffectServer> {
  const logFile = join(folder, `effects-${mode}-${Math.random().toString(36).slice(2)}.jsonl`);
  const child = spawn(process.execPath, [file, logFile, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const url = `http://127.0.0.1:${port.toString().trim()}`;
  const post = async (path: string, body: object) => {
    await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  };
  const logged = () =>
    !existsSync(logFile)
      ? []
      : readFileSync(logFile, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as LoggedEffect);
  return {
    url,
    effects: () => logged().filter((effect) => effect.refused !== true),
    refused: () => logged().filter((effect) => effect.refused === true),
    underWay: async () => (await (await fetch(`${url}/under-way`)).json()) as string[],
    setBehaviour: (behaviour) => post('/behaviour', behaviour),
    objects: async () => (await (await fetch(`${url}/objects/`)).json()) as Record<string, { size?: number }>,
    meddle: (object, action, value) => post('/effects', { key: `meddler-${Math.random()}`, object, action, value }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
