import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { imageFolder, type Service } from '../stage/service.ts';

/** How to start a service whose folder is laid out. */
export interface Launch {
  readonly name: string;
  readonly cwd: string;
  readonly log: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
}

/** Lays out the folder of a service as a person would: the image copied, the files written. */
export function layOut(service: Service, folder: string): Launch {
  const cwd = join(folder, 'root');
  cpSync(imageFolder, cwd, { recursive: true });
  for (const [path, content] of Object.entries(service.files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  const { name, command, env, port } = service;
  return { name, cwd, log: join(folder, 'output.log'), command, env: { ...env, PORT: String(port) }, port };
}

/** Starts it as the leader of a group of its own. Throws when its folder is gone. */
export function launch({ cwd, log, command, env }: Launch): ChildProcess {
  const output = openSync(log, 'a');
  try {
    return spawn(process.execPath, command.slice(1), {
      cwd,
      detached: true,
      stdio: ['ignore', output, output],
      env: { PATH: process.env.PATH, ...env },
    });
  } finally {
    closeSync(output);
  }
}
