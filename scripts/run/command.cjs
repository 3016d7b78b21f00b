'use strict';
const { spawn } = require('child_process');
const { BootstrapError } = require('./progress.cjs');

const KEPT_CHARACTERS = 65536;
const SHOWN_LINES = 20;

/** Runs a program without a shell and gives what it printed to its output. Throws with the beginning of its output otherwise. */
function run(command, argv, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, Object.assign({ stdio: ['ignore', 'pipe', 'pipe'] }, options));
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout = (stdout + chunk).slice(0, KEPT_CHARACTERS)));
    child.stderr.on('data', (chunk) => (stderr = (stderr + chunk).slice(0, KEPT_CHARACTERS)));
    child.on('error', (error) =>
      reject(new BootstrapError(`COMMAND_FAILED ${command}: cannot be run (${error.message})`)),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const how = code === null ? `ended by ${signal}` : `exit code ${code}`;
      // npm says what is wrong first and then explains all its options.
      const output = (stderr || stdout).trim().split('\n').slice(0, SHOWN_LINES).join('\n');
      return reject(new BootstrapError(`COMMAND_FAILED ${command} ${argv.join(' ')}: ${how}\n${output}`));
    });
  });
}

module.exports = { run };
