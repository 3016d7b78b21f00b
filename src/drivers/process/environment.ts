import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { HomeostatError } from '../../domain/failure.ts';
import { toResourcePath, type ResourceKey } from '../../domain/identity.ts';
import type { InstanceSettings } from '../driver.ts';

export const resourceVariable = 'HOMEOSTAT_RESOURCE';
const keyVariable = 'HOMEOSTAT_KEY';

/** What an instance gets to see of the runtime's own environment: nothing that could hold a secret. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ'] as const;

/** The variables a spec asks for, with every secret looked up. Never keep what it returns. */
export async function resolveEnv(
  env: InstanceSettings['env'],
  secret: (name: string) => Promise<string>,
): Promise<Record<string, string>> {
  const resolved: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    resolved[name] = typeof value === 'string' ? value : await secret(value.secretRef);
  }
  return resolved;
}

/** The environment of an instance: the machine's basics, `PORT`, what its spec says, and marks that name it. */
export function buildEnvironment(
  settings: { readonly env: Readonly<Record<string, string>>; readonly ports: InstanceSettings['ports'] },
  instance: ResourceKey,
  key: string,
  own: NodeJS.ProcessEnv,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of inherited) {
    if (own[name] !== undefined) environment[name] = own[name];
  }
  if (settings.ports[0] !== undefined) environment['PORT'] = String(settings.ports[0]);
  Object.assign(environment, settings.env);
  // The Node that runs us is the one instance authors can count on, even where the machine has none.
  environment['PATH'] = [environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', dirname(process.execPath)].join(
    delimiter,
  );
  environment[resourceVariable] = toResourcePath(instance);
  environment[keyVariable] = key;
  return environment;
}

/** Refuses what no system call takes, before anything was done. */
export function checkCommand({ command, env }: Pick<InstanceSettings, 'command' | 'env'>): void {
  if (command.length === 0 || command[0] === '') {
    throw new HomeostatError('EFFECT_REFUSED', { path: 'spec.command', problem: 'names no program' });
  }
  const texts = [...command, ...Object.entries(env).flat()].filter((one) => typeof one === 'string');
  if (!texts.some((text) => text.includes('\0')) && !Object.keys(env).some((name) => name === '' || name.includes('=')))
    return;
  throw new HomeostatError('EFFECT_REFUSED', {
    path: 'spec',
    problem: 'command and env may hold no NUL, and names in env no =',
  });
}

/**
 * The file a command's first word means: a path (relative to the instance's root) or a name on `PATH`. Throws
 * `COMMAND_NOT_FOUND` that says where it looked, but for a `PATH` that is a secret.
 */
export async function resolveCommand(name: string, root: string, path: string, isSecret = false): Promise<string> {
  const folders = name.includes('/') ? [root] : path.split(delimiter).map((folder) => resolve(root, folder));
  for (const folder of folders) {
    const candidate = isAbsolute(name) ? name : join(folder, name);
    if (await isProgram(candidate)) return candidate;
  }
  const onPath = isSecret ? 'on the PATH that a secret gives' : `on PATH ${path}`;
  const where = name.includes('/') ? 'in the image or on this machine' : onPath;
  throw commandNotFound(name, `no program of this name ${where} that can be executed`);
}

export function commandNotFound(name: string, problem: string): HomeostatError {
  return new HomeostatError('COMMAND_NOT_FOUND', {
    path: 'spec.command[0]',
    problem,
    got: name,
    remedy: 'name an executable file of the image, an absolute path, or a program on PATH',
  });
}

async function isProgram(file: string): Promise<boolean> {
  try {
    if (!(await stat(file)).isFile()) return false;
    await access(file, constants.X_OK);
    return await hasInterpreter(file);
  } catch {
    return false;
  }
}

/**
 * Whether a file that may be executed can be: a script whose `#!` line names a program that is not there, and a text without
 * such a line, fail only when they run, where it is hard to tell.
 */
async function hasInterpreter(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  // May be executed but not read: the kernel will tell.
  if (handle === undefined) return true;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    const begin = buffer.subarray(0, bytesRead);
    const interpreter = /^#![ \t]*([^\s]+)/.exec(begin.toString('latin1'))?.[1];
    // No machine's programs are without a zero in what they begin with; texts are.
    if (interpreter === undefined) return begin.includes(0);
    await access(interpreter, constants.X_OK);
    return true;
  } finally {
    await handle.close();
  }
}
