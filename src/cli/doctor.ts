import { Command } from 'commander';
import { readEndpoints } from '../config/endpoints-file.ts';
import { serverStatus } from '../servers/index.ts';
import { checkKeys } from './check-keys.ts';
import { commandConfig } from './command-config.ts';
import { toServersOptions } from './servers-options.ts';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** `homeostat doctor`: what is there, what answers, and what to do where something does not. */
export function createDoctorCommand(): Command {
  return new Command('doctor')
    .description('check the servers, the runtime and this machine, and say what to do')
    .addHelpText('after', '\nExample:\n  $ homeostat doctor\n  $ homeostat doctor --output json')
    .action(async (_: object, command: Command) => {
      const config = commandConfig(command);
      const findings: Finding[] = [{ what: 'node', ok: true, detail: process.version }];
      const servers = await serverStatus(toServersOptions(config));
      for (const server of servers) {
        const where = server.addresses.join(', ');
        const detail = `${server.state}${where === '' ? '' : ` at ${where}`}${server.version === undefined ? '' : `, ${server.version}`}${server.origin === undefined ? '' : ` (${server.origin})`}`;
        findings.push({
          what: server.name,
          ok: server.answers,
          detail: server.answers ? detail : `${detail} — run: homeostat up`,
        });
      }
      if (servers.some(({ name, answers }) => name === 'etcd' && answers)) {
        findings.push({ what: 'desired', ...(await checkKeys(config)) });
      }
      findings.push(await checkRuntime(readEndpoints(config.dataDir)?.runtime?.healthUrl));
      const { output } = command.optsWithGlobals<{ output?: string }>();
      const ok = findings.every((finding) => finding.ok);
      if (output === 'json') process.stdout.write(`${JSON.stringify({ ok, findings }, null, 2)}\n`);
      else
        for (const { what, ok: good, detail } of findings)
          process.stdout.write(`${good ? 'ok  ' : 'FAIL'}  ${what.padEnd(9)} ${detail}\n`);
      if (!ok) process.exitCode = 1;
    });
}

async function checkRuntime(healthUrl: string | undefined): Promise<Finding> {
  if (healthUrl === undefined)
    return { what: 'runtime', ok: false, detail: 'none was started here — run: homeostat up' };
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
