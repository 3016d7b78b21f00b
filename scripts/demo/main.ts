import { appendFileSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { askYesNo, canAsk } from '../../src/cli/ask.ts';
import { followResources } from '../../src/cli/follow.ts';
import { createLiveLines } from '../../src/cli/live-lines.ts';
import { shortSeal } from '../../src/domain/sealed-plan.ts';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { findFreePort } from '../../src/servers/index.ts';
import { toDemoCommand } from './demo-config.ts';
import { readShop } from './shop.ts';
import { setUpStage, startRuntime } from './stage.ts';
import { countModelCalls, judgeEffect } from './tally.ts';
import { createWitness, isAlive, type Start } from './witness.ts';

/**
 * `npm run demo [-- folder]`: attacks the shop before one's eyes, and counts from the programs' own start files what came of
 * it. All in a folder of its own; what runs already on this machine is left alone.
 */
const patienceMs = 30_000;
const startedAt = Date.now();
const dataDir = resolve(process.argv[2] ?? '.homeostat/demo');
const say = (line = '') => void process.stdout.write(`${line}\n`);
const tell = (line: string) => say(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)}s  ${line}`);
const title = (line: string) => say(`\n${line}`);
const keyOf = (name: string) => ({ tenant: 'default', kind: 'Instance', name });

title('The stage: servers and a runtime of its own, and the shop: db ← api ← web');
const stage = await setUpStage(dataDir);
const witness = createWitness(dataDir);
let runtime: ChildProcess | undefined;
process.once('SIGINT', () => void end(130));
try {
  await play();
  // Somebody who looks on wants to follow the links.
  await end(0, canAsk());
} catch (error) {
  say(`\nThe demonstration failed: ${error instanceof Error ? error.message : String(error)}`);
  await end(1);
}

async function play(): Promise<void> {
  runtime = await startRuntime(stage);
  const shop = await readShop();
  await stage.resources.apply(shop.documents);
  await follow('db', 'api', 'web');
  let repaired = 0;

  title('1  Somebody kills web');
  const killed = lastStart('web');
  process.kill(killed.pid, 'SIGKILL');
  tell(`kill -9 ${killed.pid}`);
  const again = await nextStart('web', killed);
  await answers(`http://127.0.0.1:${shop.ports.web}/healthz`);
  tell(`web runs again as process ${again.pid} and answers`);
  repaired += 1;
  await converged('web');

  title("2  Somebody edits api's configuration by hand");
  const file = witness.fileOf('api', 'config/api.json');
  const wanted = readFileSync(file, 'utf8');
  const beforeEdit = lastStart('api');
  appendFileSync(file, '# free tea for everybody\n');
  tell('appended a line to config/api.json, which is no JSON any more');
  const restarted = await nextStart('api', beforeEdit);
  await answers(`http://127.0.0.1:${shop.ports.api}/healthz`);
  if (readFileSync(file, 'utf8') !== wanted) throw new Error('config/api.json is not as it was');
  tell(`config/api.json is as it was, api read it as process ${restarted.pid}`);
  repaired += 1;
  await converged('api');

  title('3  web moves to another port, and the runtime is killed between the effect and its record');
  const moved = lastStart('web');
  const port = await findFreePort();
  stage.orderDeath();
  await stage.resources.apply(shop.with('web', ({ spec }) => Object.assign(spec, onPort(spec, port))));
  await once(runtime, 'exit');
  const effect = await nextStart('web', moved);
  tell(`kill -9 of the runtime: web runs as process ${effect.pid}, and no record says so`);
  runtime = await startRuntime(stage);
  tell('another runtime is started');
  await converged('web');
  await answers(`http://127.0.0.1:${port}/healthz`);
  if (lastStart('web').pid !== effect.pid) throw new Error('web was started twice');
  tell(`web is still process ${effect.pid} and answers on the new port: found, not repeated`);
  repaired += 1;

  title('4  Somebody deletes db, which is labelled env: production');
  await stage.resources.apply(shop.with('api', ({ metadata }) => Object.assign(metadata, { dependsOn: [] })));
  await converged('api');
  const db = lastStart('db');
  await stage.resources.remove([keyOf('db')]);
  const request = await until('the question', async () => (await stage.state.approvals.find(keyOf('db'), ''))[0]);
  tell(
    `the plan waits: ${request.plan.steps.map(({ toolName }) => toolName).join(', ')} (seal ${shortSeal(request.seal)})`,
  );
  say(`         say yes here, or: ${toDemoCommand(dataDir)} approve Instance/db`);
  say(`         or in the Temporal UI: ${runUrl('db')}`);
  const unapproved = (await waitForYes(request.seal, db)) === 'asked' ? 0 : 1;
  await until('db to be gone', async () => !isAlive(db.pid) && (await stage.read.find(keyOf('db'))) === undefined);
  tell(`${unapproved === 0 ? 'approved' : 'nobody approved'}: db is gone`);

  const { effects, doubled } = witness.count();
  const audits = await Promise.all(['db', 'api', 'web'].map((name) => stage.read.audit(keyOf(name))));
  title('The runs');
  for (const name of ['db', 'api', 'web']) say(`  ${name.padEnd(4)} ${runUrl(name)}`);
  if (canAsk()) say(`  They stay until: ${toDemoCommand(dataDir)} down --purge`);
  say();
  say(
    `faults 3 · repaired ${repaired} · effects ${effects} · doubled ${doubled} · unapproved ${unapproved} · model calls ${countModelCalls(audits.flat())}`,
  );
}

async function follow(...names: string[]): Promise<void> {
  const { read, steps } = stage;
  const followed = await followResources({
    read,
    steps,
    resources: names.map(keyOf),
    goalOf: () => ({ type: 'converged' }),
    timeoutMs: patienceMs,
    lines: createLiveLines(process.stdout),
  });
  const bad = followed.find(({ outcome }) => outcome !== 'arrived');
  if (bad !== undefined) throw new Error(`${bad.key.name} did not converge: ${bad.message}`);
}

/** Waits until the runtime has put on record what everybody can see. */
async function converged(name: string): Promise<void> {
  await until(`${name} to be on record`, async () => {
    const { status, metadata } = await stage.read.get(keyOf(name));
    const { pid, ready } = status.observed ?? {};
    const isSettled = status.settledRevision === metadata.version && status.drifted !== true;
    return isSettled && status.state === 'Running' && ready === true && pid === lastStart(name).pid;
  });
}

/** Whether db went with a yes, whoever said it where; where nobody sits, the demonstration says it by itself. */
async function waitForYes(seal: string, db: Start): Promise<'asked' | 'unasked'> {
  const isApproved = async () => (await stage.state.approvals.get('default', seal))?.state === 'approved';
  const judged = until('a yes', () => judgeEffect(() => !isAlive(db.pid), isApproved), 300_000);
  const said = canAsk() ? askHere(seal) : sayYes(seal);
  return await Promise.race([judged, said.then(() => judged)]);
}

async function askHere(seal: string): Promise<void> {
  if (await askYesNo('         Delete db?')) await approve(seal);
}

async function sayYes(seal: string): Promise<void> {
  await sleep(2_000);
  tell('nobody sits here, so the demonstration says yes by itself');
  await approve(seal);
}

async function approve(seal: string): Promise<void> {
  await stage.decisions.decide({ resource: keyOf('db'), verdict: 'approved', seal, approver: 'demo' });
}

function lastStart(program: string): Start {
  const start = witness.startsOf(program).at(-1);
  if (start === undefined) throw new Error(`${program} never started`);
  return start;
}

function nextStart(program: string, before: Start): Promise<Start> {
  return until(`${program} to be started again`, async () => {
    const last = lastStart(program);
    return last.pid === before.pid ? undefined : last;
  });
}

function answers(url: string): Promise<boolean> {
  return until(`${url} to answer`, () => fetch(url, { signal: AbortSignal.timeout(1_000) }).then(({ ok }) => ok));
}

/** Polls, and says every two seconds that it still waits. */
async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  timeoutMs = patienceMs,
): Promise<Value> {
  const since = Date.now();
  for (let said = since; Date.now() - since < timeoutMs; await sleep(50)) {
    const found = await look().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    if (Date.now() - said < 2_000) continue;
    said = Date.now();
    tell(`waiting for ${what} …`);
  }
  throw new Error(`waited ${timeoutMs / 1_000} s in vain for ${what}`);
}

function runUrl(name: string): string {
  return `${stage.uiUrl ?? ''}/namespaces/default/workflows/${toReconcileWorkflowId(keyOf(name))}`;
}

function onPort(spec: object, port: number): object {
  return { ...spec, ports: [port], healthCheck: { type: 'http', port, path: '/healthz' } };
}

async function end(code: number, keepServers = false): Promise<never> {
  if (runtime !== undefined && runtime.exitCode === null && runtime.signalCode === null) {
    runtime.kill('SIGTERM');
    await once(runtime, 'exit');
  }
  await stage.tearDown({ keepServers });
  process.exit(code);
}
