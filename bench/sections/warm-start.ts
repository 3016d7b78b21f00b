import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEndpoints } from '../../src/config/endpoints-file.ts';
import { createKeys } from '../../src/domain/keys.ts';
import { findFreePort } from '../../src/servers/index.ts';
import { createState } from '../../src/state/state.ts';
import { projectRoot, runProgram } from '../../test/support/run-program.ts';
import { binaryOf } from '../../test/support/test-servers.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Section } from '../report.ts';
import { nodeFlags } from '../support/node-flags.ts';
import { desiredValue, keyOf } from '../support/settlements.ts';
import { median, round } from '../support/stats.ts';

const kind = 'Instance';
const names = ['web-0', 'web-1', 'web-2'];

/** `homeostat up` on data that is there, with servers that do not run and processes that do: from the command to ready. */
export const warmStartSection: Section = {
  name: 'warm-start',
  title: 'homeostat up on existing data',
  async run({ quick }) {
    const bed = await createUpBed();
    try {
      const cold = await bed.up();
      await bed.fill();
      await cold.stop();
      const seconds: number[] = [];
      let output = '';
      for (let index = 0; index < (quick ? 1 : 5); index += 1) {
        const warm = await bed.up();
        seconds.push(warm.seconds);
        output = warm.output();
        await warm.stop();
      }
      return {
        figures: [
          {
            what: 'p50 from the command to ready',
            measured: round(median(seconds)),
            unit: 's',
            goal: { bound: 'at most', value: 2 },
          },
          { what: 'the longest', measured: round(Math.max(...seconds)), unit: 's' },
          { what: 'the first, on no data', measured: round(cold.seconds), unit: 's' },
        ],
        details: {
          seconds: seconds.map(round),
          // Of a folder that is gone nobody need know the name.
          lastOutput: output
            .split('\n')
            .flatMap((line) => (/ \d+.*s$/.test(line) ? line.replace(/, log \S+/, '') : [])),
        },
      };
    } finally {
      await bed.end();
    }
  },
};

interface Up {
  readonly seconds: number;
  output(): string;
  /** As Ctrl-C does: runtime and servers end, processes go on. */
  stop(): Promise<void>;
}

async function createUpBed() {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-bench-'));
  const dataDir = join(folder, 'data');
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    HOMEOSTAT_DATA_DIR: dataDir,
    HOMEOSTAT_TEMPORAL_BINARY: binaryOf('TEMPORAL'),
    HOMEOSTAT_ETCD_BINARY: binaryOf('ETCD'),
    HOMEOSTAT_TEMPORAL_PORT: String(await findFreePort()),
    HOMEOSTAT_TEMPORAL_UI_PORT: String(await findFreePort()),
    HOMEOSTAT_ETCD_PORT: String(await findFreePort()),
  };
  const main = 'src/cli/main.ts';

  const up = async (): Promise<Up> => {
    const from = performance.now();
    const child = spawn(process.execPath, [...nodeFlags, main, 'up', '--no-example'], {
      cwd: projectRoot,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    const ready = new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('Homeostat is ready')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`up ended with ${code}: ${output}`)));
    });
    await ready;
    const seconds = (performance.now() - from) / 1_000;
    return {
      seconds,
      output: () => output,
      async stop() {
        const ended = once(child, 'exit');
        child.kill('SIGINT');
        await ended;
      },
    };
  };

  return {
    up,
    /** Gives the running one some processes to look after. */
    async fill() {
      const image = join(folder, 'image');
      mkdirSync(image);
      writeFileSync(join(image, 'main.mjs'), 'setInterval(() => undefined, 60_000);\n');
      const keys = createKeys('/homeostat');
      const state = createState({ endpoints: readEndpoints(dataDir)!.etcd.endpoints }, keys);
      try {
        for (const name of names) {
          const key = keyOf(name, kind);
          const value = desiredValue(key, { image, command: ['node', 'main.mjs'] });
          await state.store.commit([], [{ type: 'put', key: keys.desired(key), value }]);
        }
        for (const name of names) {
          await waitFor(`${name} to run`, async () => {
            const { actual } = await state.resources.read(keyOf(name, kind));
            return actual?.record.status.state === 'Running';
          });
        }
      } finally {
        await state.close();
      }
    },
    async end() {
      await runProgram(process.execPath, [main, 'down', '--purge'], { environment });
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
