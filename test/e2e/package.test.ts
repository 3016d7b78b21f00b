import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot, runProgram } from '../support/run-program.ts';
import { binaryOf } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * What somebody does who has never seen this repository: `npm install homeostat` in an empty folder, an agent of their
 * own, a type check, a test of it, and a run. Only the package is there, made by `npm pack` from a copy of the sources.
 */
const folder = mkdtempSync(join(tmpdir(), 'homeostat-package-'));
const project = join(folder, 'project');
const installed = join(project, 'node_modules', 'homeostat');
const children: ChildProcess[] = [];

// The variables with which npm describes the project it runs in are of this repository.
const inherited = Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local)_/.test(name));
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(inherited),
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  HOMEOSTAT_TEMPORAL_BINARY: binaryOf('TEMPORAL'),
  HOMEOSTAT_ETCD_BINARY: binaryOf('ETCD'),
};

async function run(program: string, args: readonly string[], cwd = project): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, { environment, folder: cwd });
  if (code === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
}
const runBin = (name: string, ...args: string[]) => run(join(project, 'node_modules', '.bin', name), args);

function start(program: string, ...args: string[]): { readonly child: ChildProcess; output(): string } {
  const child = spawn(program, args, { cwd: project, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

beforeAll(async () => {
  const { fittingNpm } = createRequire(import.meta.url)('../../scripts/run/npm.cjs') as {
    fittingNpm(node: string, environment: NodeJS.ProcessEnv): Promise<[string, ...string[]]>;
  };
  const [npm, ...npmArgs] = await fittingNpm(process.execPath, environment);
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  // Without the lock file nothing is installed into the dependencies, which are the repository's own.
  const parts = ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'README.md', 'LICENSE'];
  const before = readFileSync(join(projectRoot, 'package.json'), 'utf8');
  const { files } = JSON.parse(before) as { files: string[] };
  for (const part of [...parts, ...files.filter((file) => file !== 'dist')])
    cpSync(join(projectRoot, part), join(copy, part), { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(copy, 'node_modules'));
  await run(npm, [...npmArgs, 'pack', '--silent', '--pack-destination', folder], copy);
  expect(readFileSync(join(copy, 'package.json'), 'utf8')).toBe(before);
  expect(readdirSync(copy).filter((name) => name.endsWith('.kept'))).toEqual([]);

  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'mine', private: true, type: 'module' }));
  const { devDependencies } = JSON.parse(before) as { devDependencies: Record<string, string> };
  const tools = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run(npm, [...npmArgs, 'install', ...options, join(folder, archive), ...tools]);
  cpSync(join(installed, 'examples', 'own-agent'), project, { recursive: true });
}, 240_000);

afterAll(async () => {
  for (const child of children.toReversed().filter(({ exitCode }) => exitCode === null)) {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('the package holds what it needs to run, be typed and be learned, and nothing of this machine', () => {
  expect(readdirSync(installed).toSorted()).toEqual([
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'LICENSE',
    'README.md',
    'bench',
    'deploy',
    'dist',
    'docs',
    'eval',
    'examples',
    'package.json',
  ]);
  const files = readdirSync(join(installed, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const endings = new Set(files.map((file) => /(\.d)?\.[a-z]+$/.exec(file)![0]));
  // Besides code: the Go modules that servers are built from where nobody offers them.
  expect([...endings].toSorted()).toEqual(['.cjs', '.d.ts', '.go', '.js', '.mod', '.sum']);
  const telling = files.filter((file) => {
    const text = readFileSync(file, 'utf8');
    const map = Buffer.from(text.slice(text.lastIndexOf('base64,') + 7), 'base64').toString();
    return [folder, projectRoot].some((path) => text.includes(path) || map.includes(path));
  });
  expect(telling).toEqual([]);
});

test('what its documents lead to is in the package, or has an address', () => {
  const documents = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.md'),
  );
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/healing.md', 'docs/models.md']));
  const missing = documents.flatMap((document) => {
    const text = readFileSync(join(installed, document), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, target]) => target!);
    const here = targets.filter((target) => !/^[a-z]+:/.test(target));
    return here
      .filter((target) => !existsSync(join(installed, dirname(document), target)))
      .map((target) => `${document}: ${target}`);
  });
  expect(missing).toEqual([]);
});

test('the example agent type-checks against the package, and keeps the contract by a test of the package', async () => {
  await runBin('tsc');
  expect(await run(process.execPath, ['--test', '--test-reporter=tap'])).toContain('# pass 1\n');
});

test('a tool of the project runs isolated, and its coded error is one of the package', async () => {
  const module = `
    import { HomeostatError, type ToolContext } from 'homeostat/tool';
    export async function execute({ externalName }: ToolContext, { album }: { album: string }): Promise<object> {
      throw new HomeostatError('EFFECT_REFUSED', { path: externalName, problem: \`no \${album} in \${process.pid}\` });
    }`;
  const main = `
    import { defineTool, HomeostatError, z, type ToolContext } from 'homeostat';
    const tool = defineTool({
      name: 'make_thumbnails',
      description: 'Makes thumbnails',
      riskLevel: 'safe',
      parameters: z.strictObject({ album: z.string() }),
      result: z.strictObject({}),
      isolated: new URL('./make-thumbnails.ts', import.meta.url),
    });
    const context = { signal: new AbortController().signal, externalName: 'one' } as ToolContext;
    const error: unknown = await tool.execute(context, { album: 'summer' }).catch((error: unknown) => error);
    console.log(error instanceof HomeostatError && error.message.replace(/\\d+$/, (pid) => String(pid !== String(process.pid))));`;
  writeFileSync(join(project, 'make-thumbnails.ts'), module);
  writeFileSync(join(project, 'thumbnails.ts'), main);
  await runBin('tsc');
  expect(await run(process.execPath, ['thumbnails.ts'])).toBe('EFFECT_REFUSED one: no summer in true\n');
});

test('an agent of the project keeps a real file, with the servers of the package and without bundling anything', async () => {
  expect(await runBin('homeostat', '--help')).toContain('Usage: homeostat');
  const up = start(join(project, 'node_modules', '.bin', 'homeostat'), 'up', '--no-runtime');
  await waitFor('the servers', () => up.output().includes('The servers are ready'), 30_000).catch((error: unknown) => {
    throw new Error(up.output(), { cause: error });
  });
  const runtime = start(process.execPath, 'main.ts', 'files');
  await waitFor('the runtime', () => runtime.output().includes('"ready"'), 30_000).catch((error: unknown) => {
    throw new Error(runtime.output(), { cause: error });
  });

  const { etcd } = JSON.parse(readFileSync(join(project, '.homeostat', 'endpoints.json'), 'utf8')) as {
    etcd: { endpoints: string[] };
  };
  const desired = {
    apiVersion: 'homeostat/v1',
    kind: 'File',
    metadata: { name: 'raw' },
    spec: { path: 'raw.txt', content: 'written to etcd by anybody' },
  };
  const key = '/homeostat/desired/default/File/raw';
  await run(binaryOf('ETCDCTL'), [`--endpoints=${etcd.endpoints.join(',')}`, 'put', key, JSON.stringify(desired)]);
  const raw = join(project, 'files', 'raw.txt');
  await waitFor('the file', () => existsSync(raw) && readFileSync(raw, 'utf8') === desired.spec.content);

  expect(await runBin('homeostat', 'apply', '-f', 'hello.yaml', '--wait')).toContain('File/hello');
  expect(readFileSync(join(project, 'files', 'greetings', 'hello.txt'), 'utf8')).toBe('Hello, world.\n');
  expect(existsSync(join(project, '.homeostat', 'cache'))).toBe(false);
  // What runs is the package, and no TypeScript of it.
  expect(existsSync(join(installed, 'src'))).toBe(false);
});
