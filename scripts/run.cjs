'use strict';
/**
 * The way in on a fresh clone: `node scripts/run.cjs <command> [arguments]`, from the scripts in package.json.
 * It makes sure of a fitting Node and of the dependencies, then becomes the command. Plain CommonJS without a dependency,
 * in the language of Node 14, because it is what runs before any of those are there. When all is there it costs some 10 ms.
 */
const { spawn } = require('child_process');
const fs = require('fs');
const path = require('path');
const { ensureDependencies } = require('./run/dependencies.cjs');
const { ensureNode } = require('./run/node.cjs');
const { BootstrapError } = require('./run/progress.cjs');

const ROOT = path.dirname(__dirname);

const OUR_COMMAND = 'src/cli/main.ts';
/** As its first line has them. */
const OUR_COMMAND_FLAGS = ['--max-semi-space-size=8'];

/** Command → what the fitting Node is to run. */
const COMMANDS = {
  up: [OUR_COMMAND, 'up'],
  cli: [OUR_COMMAND],
  test: ['scripts/test.ts'],
  'test:live': ['scripts/test-live.ts'],
  check: ['scripts/check.ts'],
  build: ['scripts/build.ts'],
  pack: ['scripts/pack.ts'],
  bench: ['bench/main.ts'],
  eval: ['eval/main.ts'],
  demo: ['scripts/demo/main.ts'],
};

/** A stop asked of us is passed on. Ctrl-C at a terminal reaches the child without us: passed on, it would count twice. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

async function main([command, ...rest]) {
  const argv = Object.prototype.hasOwnProperty.call(COMMANDS, command || '') ? COMMANDS[command] : undefined;
  if (argv === undefined) {
    const known = Object.keys(COMMANDS).join(', ');
    throw new BootstrapError(`UNKNOWN_COMMAND command: not known (got ${command}) — use one of ${known}`);
  }
  const script = path.join(ROOT, argv[0]);
  if (!fs.existsSync(script)) {
    throw new BootstrapError(`NO_SUCH_SCRIPT ${argv[0]}: is not in this copy of Homeostat — take a complete clone`);
  }
  const node = await ensureNode();
  const environment = withFirstInPath(path.dirname(node.path));
  await ensureDependencies(ROOT, node, environment);
  const flags = argv[0] === OUR_COMMAND ? OUR_COMMAND_FLAGS : [];
  become(node.path, [...flags, script, ...argv.slice(1), ...rest], environment);
}

function withFirstInPath(folder) {
  return Object.assign({}, process.env, { PATH: `${folder}${path.delimiter}${process.env.PATH || ''}` });
}

/** Runs the command in our place: its input and output are ours, and we end as it ends. */
function become(node, argv, environment) {
  const child = spawn(node, argv, { stdio: 'inherit', env: environment });
  const isAtTerminal = process.stdin.isTTY === true;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !isAtTerminal) child.kill(signal);
    });
  }
  child.on('error', (error) => fail(new BootstrapError(`NOT_STARTED ${node}: cannot be run (${error.message})`)));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const handled of SIGNALS) process.removeAllListeners(handled);
    process.kill(process.pid, signal);
  });
}

function fail(error) {
  process.stderr.write(`${error instanceof BootstrapError ? error.message : error.stack}\n`);
  process.exit(1);
}

main(process.argv.slice(2)).catch(fail);
