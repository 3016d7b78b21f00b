import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HomeostatError } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import { toldCommand } from '../domain/told-command.ts';
import { readLogTail } from '../drivers/process/instance-log.ts';

/** More is not read, however many lines are asked for. */
const maximumBytes = 4 * 1024 * 1024;

export interface InstanceLog {
  /** The last lines, oldest first. */
  readonly lines: readonly string[];
  readonly file: string;
}

export interface InstanceLogOptions {
  /** Id of the host that runs it, as far as that is known. */
  readonly owner: string | undefined;
  /** This host's id, where the configuration says it. */
  readonly configuredHost: string | undefined;
  readonly tail: number;
}

/**
 * Reads what an instance wrote, from this host's data folder: `instances/<tenant>/<Kind>/<name>/output*.log`, the one
 * written last, with what is kept of it from before it was cut. Throws `HOST_UNREACHABLE` when another host owns it,
 * `NOT_FOUND` when nothing was written here.
 */
export async function readInstanceLog(
  dataDir: string,
  resource: ResourceKey,
  { owner, configuredHost, tail }: InstanceLogOptions,
): Promise<InstanceLog> {
  // As a runtime takes it: where its id is configured it keeps none with the data.
  const host = configuredHost ?? (await readHost(dataDir));
  if (owner !== undefined && owner !== host) {
    throw new HomeostatError('HOST_UNREACHABLE', {
      path: showResource(resource),
      problem: `runs on host ${owner}, and ${host === undefined ? 'this data folder is of no host' : `this is host ${host}`}`,
      remedy: 'say it on that host, with the --data-dir and the HOMEOSTAT_HOST of its runtime',
    });
  }
  const folder = join(dataDir, 'instances', resource.tenant, resource.kind, resource.name);
  const file = await newestLog(folder);
  if (file === undefined) {
    throw new HomeostatError('NOT_FOUND', {
      path: showResource(resource),
      problem: `no output in ${folder}`,
      remedy: `look with: ${toldCommand(`describe ${showResource(resource)}`, resource)}`,
    });
  }
  const lines = (await readLogTail(file, maximumBytes)).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { lines: tail === 0 ? [] : lines.slice(-tail), file };
}

async function readHost(dataDir: string): Promise<string | undefined> {
  return readFile(join(dataDir, 'host'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

async function newestLog(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const logs = await Promise.all(
    names
      .filter((name) => /^output.*\.log$/.test(name))
      .map(async (name) => {
        const file = join(folder, name);
        // One that is removed at this moment counts as the oldest.
        return {
          file,
          at: await stat(file).then(
            ({ mtimeMs }) => mtimeMs,
            () => 0,
          ),
        };
      }),
  );
  return logs.toSorted((left, right) => right.at - left.at)[0]?.file;
}
