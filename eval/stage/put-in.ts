import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Action } from '../scenario.ts';
import type { Chances } from './chances.ts';
import { newestStart, type Note } from './notes.ts';
import { certificateFile, configFile, readCertificate, type Service } from './service.ts';

/** A process that we started beside the services, as a part of the fault. */
export interface Stranger {
  readonly pid: number;
  /** It ends by itself at this time at the latest, milliseconds since 1970; `undefined`: with the trial. */
  readonly until?: number;
}

const strangerFile = fileURLToPath(new URL('stranger.mjs', import.meta.url));
/** An answer is waited for this long: some never come. */
const answerMs = 1_500;

/** Does to a service what the scenario says, from outside: signals, files, requests. Returns the strangers it brought. */
export async function putIn(action: Action, service: Service, chances: Chances): Promise<readonly Stranger[]> {
  const { pid, cwd } = lifeOf(service);
  const at = (path: string) => join(cwd, path);
  switch (action.do) {
    case 'signal':
      process.kill(pid, action.signal);
      // What was ended is gone before anything else is done.
      if (action.signal === 'SIGKILL' || action.signal === 'SIGTERM') await sleep(50);
      return [];
    case 'edit-config': {
      const before = JSON.parse(readFileSync(at(configFile), 'utf8')) as object;
      const port = await chances.port();
      const set = Object.entries(action.set).map(([field, value]) => [
        field,
        value === '$port' ? port : typeof value === 'string' ? value.replace('$port', String(port)) : value,
      ]);
      writeFileSync(at(configFile), JSON.stringify({ ...before, ...Object.fromEntries(set) }));
      return [];
    }
    case 'cut-file':
      truncateSync(at(action.file), action.toBytes);
      return [];
    case 'append':
      appendFileSync(at(action.file), action.text);
      return [];
    case 'remove':
      rmSync(at(action.path), { recursive: true, force: true });
      return [];
    case 'folder-in-place-of':
      rmSync(at(action.file));
      mkdirSync(at(action.file));
      return [];
    case 'expired-certificate':
      writeFileSync(at(certificateFile), readCertificate('expired'));
      return [];
    case 'request':
      await request(service, action.path, action.times ?? 1);
      return [];
    case 'stranger-on-port': {
      const stayMs = chances.milliseconds(action.for);
      const arguments_ = [strangerFile, String(service.port), String(stayMs)];
      const child = spawn(process.execPath, arguments_, { stdio: 'ignore', detached: true });
      return [{ pid: child.pid!, until: Date.now() + stayMs }];
    }
    case 'start-by-hand': {
      const port = action.port === 'same' ? service.port : await chances.port();
      const child = spawn(process.execPath, ['service.mjs'], {
        cwd,
        stdio: 'ignore',
        detached: true,
        env: { ...process.env, ...service.env, PORT: String(port), STARTED_BY: 'hand' },
      });
      return [{ pid: child.pid! }];
    }
    case 'fill-spool':
      fill(service.folders.spool);
      return [];
    case 'pause':
      await sleep(chances.milliseconds(action.for));
      return [];
  }
}

function lifeOf({ name, folders }: Service): Note {
  const start = newestStart(folders.notes);
  if (start === undefined) throw new Error(`${name} was never started`);
  return start;
}

/**
 * Throws when nobody listens at the first request. One without an answer is in all the same, and whoever repairs may end
 * the service before the last.
 */
async function request({ port }: Service, path: string, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(answerMs) })
      .then((response) => response.body?.cancel())
      .catch((error: Error & { cause?: { code?: string } }) => {
        if (count === 0 && error.cause?.code === 'ECONNREFUSED') throw error;
      });
  }
}

/** Files of others, until no more fits. */
function fill(folder: string): void {
  const block = Buffer.alloc(16_384, 'x');
  for (let count = 1; existsSync(folder); count += 1) {
    try {
      writeFileSync(join(folder, `export-${count}.csv`), block);
    } catch {
      return;
    }
  }
}
