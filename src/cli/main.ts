#!/usr/bin/env -S node --max-semi-space-size=8
// Above: V8's room for the short-lived, in MB a half. Left to itself it grows to 128 MB in a burst and stays so; a run costs
// the same with less (bench/README.md). `scripts/run.cjs` and the systemd unit say the same.
import { enableCompileCache } from 'node:module';
import { endWithOutput } from './lost-output.ts';

// Halves the time a command takes to begin. Only what is loaded after it gains, hence the dynamic import below; the thread
// that workflow code runs in learns of it by the environment.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;

endWithOutput();

const { runCommandLine } = await import('./run-command-line.ts');
const exitCode = await runCommandLine(process.argv.slice(2));
if (exitCode !== 0) process.exitCode = exitCode;
