/**
 * The oracle: `node eval/oracle/main.ts <brief> <verdict>`. A process of its own that judges one trial from outside: it
 * asks the services as customers do, and looks at the process table, at the services' own notes and at files on the disk.
 * It knows no store, no log and no run of whoever repairs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEffectCounter } from './count-effects.ts';
import { lookAt } from './look.ts';
import type { OracleBrief, OracleMessage, OracleNews, Verdict } from './verdict.ts';

const everyMs = 250;
/** All must have been well for so long at the end. */
const stableMs = 5_000;

const [briefFile, verdictFile] = process.argv.slice(2);
if (briefFile === undefined || verdictFile === undefined) throw new Error('usage: main.ts <brief> <verdict>');
const { services, type } = JSON.parse(readFileSync(briefFile, 'utf8')) as OracleBrief;
const counter = createEffectCounter(services, type);

const messages: OracleMessage[] = [];
createInterface({ input: process.stdin })
  .on('line', (line) => void messages.push(JSON.parse(line) as OracleMessage))
  // Whoever asked is gone: nobody wants a verdict.
  .on('close', () => void messages.push({ type: 'end' }));

const seen: string[] = [];
let begunAt: number | undefined;
let faultIsIn = false;
let faultSeen = false;
let goodSince: number | undefined;
let isOver = false;
while (!isOver) {
  const lookedAt = Date.now();
  const looks = await Promise.all(services.map(lookAt));
  const problems = looks.flatMap(({ problem }, index) =>
    problem === undefined ? [] : [`${services[index]!.name}: ${problem}`],
  );
  const line = problems.length === 0 ? 'all is well' : problems.join('; ');
  if (!(seen.at(-1)?.endsWith(line) ?? false)) {
    seen.push(`${begunAt === undefined ? 'before' : `${((lookedAt - begunAt) / 1_000).toFixed(1)} s`}: ${line}`);
  }
  if (begunAt !== undefined) {
    counter.add(looks);
    // From its beginning on: a quick repair may be over by the first look after the fault is in.
    if (problems.length > 0) faultSeen = true;
  }
  if (faultIsIn) {
    goodSince = problems.length > 0 ? undefined : (goodSince ?? lookedAt);
  }
  for (const message of messages.splice(0)) {
    if (message.type === 'fault-begins') {
      begunAt = Date.now();
      counter.begin(await Promise.all(services.map(lookAt)));
    } else if (message.type === 'fault-is-in') {
      faultIsIn = true;
      counter.faultIsIn(await Promise.all(services.map(lookAt)), message.strangers);
    } else {
      isOver = true;
    }
  }
  const news: OracleNews = {
    isWell: problems.length === 0,
    hasBegun: begunAt !== undefined,
    ...(goodSince === undefined ? {} : { goodSince }),
  };
  console.log(JSON.stringify(news));
  if (!isOver) await sleep(everyMs);
}
const repaired = goodSince !== undefined && Date.now() - goodSince >= stableMs;
const verdict: Verdict = {
  faultSeen,
  repaired,
  ...(repaired && begunAt !== undefined ? { seconds: Math.round((goodSince! - begunAt) / 100) / 10 } : {}),
  effects: counter.end(await Promise.all(services.map(lookAt))),
  seen,
};
writeFileSync(verdictFile, `${JSON.stringify(verdict, null, 2)}\n`);
process.exit();
