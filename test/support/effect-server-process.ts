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
  readonly declined?: boolean;
}

export interface EffectBehaviour {
  readonly delayMs?: number;
  readonly failAfter?: boolean;
  readonly failBefore?: boolean;
  readonly refuse?: boolean;
  /** It says that it did, and did not. */
  readonly forget?: boolean;
  /** Whether it says of a key that it is at work on it. */
  readonly tellUnderWay?: boolean;
}

/** The oracle, seen from a test. */
export interface EffectServer {
  readonly url: string;
  /** Everything that took place, in order; refused repeats and what was declined left out. */
  effects(): readonly LoggedEffect[];
  /** Repeats that the target refused because it had done them. */
  refused(): readonly LoggedEffect[];
  /** What the target did not want to do, by its behaviour. */
  declined(): readonly LoggedEffect[];
  /** Keys of the effects that the target is at work on. */
  underWay(): Promise<readonly string[]>;
  /** For all objects, or for one, whatever is said of all. */
  setBehaviour(behaviour: EffectBehaviour, object?: string): Promise<void>;
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
    effects: () => logged().filter(({ refused, declined }) => refused !== true && declined !== true),
    refused: () => logged().filter((effect) => effect.refused === true),
    declined: () => logged().filter((effect) => effect.declined === true),
    underWay: async () => (await (await fetch(`${url}/under-way`)).json()) as string[],
    setBehaviour: (behaviour, object) => post(object === undefined ? '/behaviour' : `/behaviour/${object}`, behaviour),
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
