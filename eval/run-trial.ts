import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Approach } from './approaches/approach.ts';
import { askOracle } from './oracle/ask-oracle.ts';
import type { OracleBrief, Verdict } from './oracle/verdict.ts';
import type { Scenario } from './scenario.ts';
import { scoreTrial, type TrialResult } from './score.ts';
import { createChances, type Chances } from './stage/chances.ts';
import { noteCleanUp } from './stage/clean-up.ts';
import { readNotes } from './stage/notes.ts';
import { killGroup } from './stage/process-table.ts';
import { putIn, type Stranger } from './stage/put-in.ts';
import { toServices, type Service } from './stage/service.ts';
import { mountSmallDisk } from './stage/small-disk.ts';
import { waitUntil } from './stage/wait-until.ts';

export interface Trial {
  readonly scenario: Scenario;
  readonly approach: Approach;
  readonly seed: number;
  /** 1, 2, … of this scenario with this approach. */
  readonly number: number;
  /** Own folder of the trial. */
  readonly folder: string;
  /** File for all that was seen and said; it may be kept. */
  readonly transcript?: string;
}

/** Services that are not well by then, before anything was done to them, are a fault of ours. */
const startMs = 120_000;
const oracleMs = 60_000;
const lettingGoMs = 15_000;
const usualWithin = 60;
/** All must have been well for so long before a trial ends early; longer than the oracle asks for. */
const wellMs = 7_000;

/** One scenario once with one approach: services, fault, alerts, the oracle's verdict, and what the approach says. */
export async function runTrial(trial: Trial): Promise<TrialResult> {
  const { scenario, approach, seed, number, folder } = trial;
  mkdirSync(folder, { recursive: true });
  // Not of the approach: each meets the same names, ports and pauses.
  const chances = createChances(seed, scenario.id, number);
  const services = await toServices(scenario, chances, folder);
  const strangers: Stranger[] = [];
  const unmounts = services.flatMap((service) => mountDisk(service, approach));
  const end = noteCleanUp('trial', () => {
    endProcesses(services, strangers);
    for (const unmount of unmounts) unmount();
  });
  const oracle = askOracle(toBrief(scenario, services), folder);
  let verdict: Verdict | undefined;
  try {
    await approach.deploy(services);
    await waitUntil(
      `${scenario.id} to be well at its start (${approach.name})`,
      startMs,
      async () =>
        (isUnjudged(scenario) ? await areHealthy(services) : oracle.news().isWell) &&
        (await approach.isAtRest(services)),
    );
    await sleep(chances.milliseconds([0.5, 2]));
    oracle.tell({ type: 'fault-begins' });
    await waitUntil('the oracle to have begun', oracleMs, () => oracle.news().hasBegun);
    const since = Date.now();
    for (const action of scenario.put) {
      strangers.push(...(await putIn(action, serviceOf(services, action.to), chances)));
    }
    const mayBeEnded = scenario.type === 'fault' && scenario.put.some((action) => action.do === 'start-by-hand');
    oracle.tell({ type: 'fault-is-in', strangers: strangers.map((stranger) => ({ ...stranger, mayBeEnded })) });
    await report(trial, services, chances);
    await watch(trial, services, since, () => oracle.news().goodSince);
    verdict = await oracle.end();
    const said = await approach.said(services, since);
    const result = scoreTrial(scenario, services, verdict, said);
    if (trial.transcript !== undefined) {
      const whole = { scenario: scenario.id, approach: approach.name, seed, number, services, result, verdict, said };
      mkdirSync(dirname(trial.transcript), { recursive: true });
      writeFileSync(trial.transcript, `${JSON.stringify(whole, null, 2)}\n`);
    }
    return result;
  } finally {
    if (verdict === undefined) await oracle.end().catch(() => undefined);
    await approach.remove(services);
    // Whoever still works on them would start again what is ended now.
    await waitUntil('the approach to let go', lettingGoMs, () => approach.isAtRest(services)).catch(() => undefined);
    await end();
  }
}

/** Where something is stopped on purpose, nobody can be well who asks it; healthy is all he can be. */
function isUnjudged({ services }: Scenario): boolean {
  return services.some(({ isStopped, role }) => isStopped === true && services.some(({ asks }) => asks === role));
}

async function areHealthy(services: readonly Service[]): Promise<boolean> {
  const healthy = services
    .filter(({ isStopped }) => !isStopped)
    .map(async ({ port }) => {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1_000) });
      return answer.ok;
    });
  return Promise.all(healthy).then(
    (answers) => answers.every(Boolean),
    () => false,
  );
}

function serviceOf(services: readonly Service[], wanted: string): Service {
  const found = services.find(({ role }) => role === wanted);
  if (found === undefined) throw new Error(`the scenario has no ${wanted}`);
  return found;
}

async function report({ scenario, approach }: Trial, services: readonly Service[], chances: Chances): Promise<void> {
  for (const alert of scenario.alerts) {
    await sleep(chances.milliseconds(alert.after));
    await approach.report(serviceOf(services, alert.names), alert);
  }
}

/** Waits for as long as the scenario says, or until all is well for good and nobody is at work any more. */
async function watch(
  { scenario, approach }: Trial,
  services: readonly Service[],
  since: number,
  goodSince: () => number | undefined,
): Promise<void> {
  const seconds = scenario.type === 'control' ? scenario.lookedAtFor : (scenario.within ?? usualWithin);
  while (Date.now() < since + seconds * 1_000) {
    await sleep(500);
    if (scenario.type === 'control') continue;
    const wellSince = goodSince();
    if (wellSince === undefined || Date.now() - wellSince < wellMs) continue;
    if (await approach.isAtRest(services)) return;
  }
}

function toBrief(scenario: Scenario, services: readonly Service[]): OracleBrief {
  return {
    type: scenario.type,
    services: services.map((service) => ({
      name: service.name,
      port: service.port,
      notesFolder: service.folders.notes,
      greeting: service.greeting,
      isStopped: service.isStopped,
      files: [...Object.keys(service.files), 'page.txt', 'service.mjs'],
      ordersFile: service.ordersFile,
      mayTouch: scenario.type === 'fault' && scenario.located.some(({ role }) => role === service.role),
      ...(scenario.type === 'fault' && scenario.maximumMegabytes !== undefined
        ? { maximumMegabytes: scenario.maximumMegabytes }
        : {}),
    })),
  };
}

function mountDisk(service: Service, approach: Approach): (() => void)[] {
  if (service.smallDisk === undefined) return [];
  const { of, megabytes } = service.smallDisk;
  return [mountSmallDisk(of === 'folder' ? approach.folderOf(service) : service.folders.spool, megabytes)];
}

function endProcesses(services: readonly Service[], strangers: readonly Stranger[]): void {
  const pids = services.flatMap(({ folders }) => readNotes(folders.notes)).map(({ pid }) => pid);
  for (const pid of new Set([...pids, ...strangers.map((stranger) => stranger.pid)])) killGroup(pid);
}
