import { Command } from 'commander';
import { isStillThere, readEndpoints } from '../config/endpoints-file.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { serverStatus } from '../servers/index.ts';
import { connectState } from '../starters/connect-state.ts';
import { checkKeys } from './check-keys.ts';
import { checkModels } from './check-models.ts';
import { commandConfig } from './command-config.ts';
import { globalOptionsOf } from './global-options.ts';
import { print } from './print.ts';
import { toServersOptions } from './servers-options.ts';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** `homeostat doctor`: what is there, what answers, and what to do where something does not. */
export function createDoctorCommand(): Command {
  return new Command('doctor')
    .description('Check the servers, the runtime and this machine, and say what to do.')
    .addHelpText('after', '\nExample:\n  $ homeostat doctor\n  $ homeostat doctor --output json')
    .action(async (_: object, command: Command) => {
      const config = commandConfig(command);
      const servers = await serverStatus(toServersOptions(config));
      const hasStore = servers.some(({ name, answers }) => name === 'etcd' && answers);
      const findings: readonly Finding[] = [
        { what: 'node', ok: true, detail: process.version },
        ...servers.map(toFinding),
        ...(hasStore ? [{ what: 'desired', ...(await checkKeys(config)) }] : []),
        await checkRuntime(config),
        ...(await checkModels(config)).map((found) => ({ what: 'models', ...found })),
      ];
      const ok = findings.every((finding) => finding.ok);
      const { output } = globalOptionsOf(command);
      print(output, { ok, findings }, () =>
        findings
          .map(({ what, ok: good, detail }) => `${good ? 'ok  ' : 'FAIL'}  ${what.padEnd(9)} ${detail}\n`)
          .join(''),
      );
      if (!ok) process.exitCode = 1;
    });
}

/** Beside an `up` that runs, a server that stays away is one that it cannot start. */
const up = 'homeostat up; where that runs, it says why it cannot start it';

function toFinding({ name, state, addresses, version, origin, answers }: Server): Finding {
  const remedy = state === 'configured' ? 'does not answer: start it, or correct its address' : `run: ${up}`;
  const detail = [
    state,
    addresses.length === 0 ? '' : ` at ${addresses.join(', ')}`,
    version === undefined ? '' : `, ${version}`,
    origin === undefined || origin === state ? '' : ` (${origin})`,
    answers ? '' : ` — ${remedy}`,
  ].join('');
  return { what: name, ok: answers, detail };
}

type Server = Awaited<ReturnType<typeof serverStatus>>[number];

/** The runtime that `up` started here, by its own word; else whichever has put itself on record. */
async function checkRuntime(config: LoadedConfig): Promise<Finding> {
  const runtime = readEndpoints(config.dataDir)?.runtime;
  return runtime !== undefined && isStillThere(runtime) ? checkHealth(runtime.healthUrl) : checkHosts(config);
}

async function checkHosts(config: LoadedConfig): Promise<Finding> {
  const what = 'runtime';
  try {
    const state = connectState(config);
    try {
      const hosts = await state.hosts.list();
      if (hosts.length === 0)
        return {
          what,
          ok: false,
          detail: 'none is running that works on runs — run: homeostat up, or homeostat runtime --role worker',
        };
      const shown = hosts.map(({ host, since }) => `${host} since ${since}`).join(', ');
      return { what, ok: true, detail: `running on ${shown}` };
    } finally {
      await state.close();
    }
  } catch {
    return { what, ok: false, detail: 'nothing to ask — run: homeostat up' };
  }
}

async function checkHealth(healthUrl: string): Promise<Finding> {
  try {
    const response = await fetch(`${healthUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const health = (await response.json()) as { checks?: Record<string, { ok: boolean; detail?: string }> };
    const bad = Object.entries(health.checks ?? {}).filter(([, check]) => !check.ok);
    const detail =
      bad.length === 0 ? 'ready' : bad.map(([name, check]) => `${name}: ${check.detail ?? 'not ok'}`).join('; ');
    return { what: 'runtime', ok: response.ok, detail };
  } catch {
    return { what: 'runtime', ok: false, detail: `does not answer at ${healthUrl} — run: homeostat up` };
  }
}
