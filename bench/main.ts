/**
 * `npm run bench`: measures Homeostat on real servers, each section against its goal. A table on standard output, JSON in
 * a file; ends with 1 when a goal is missed or a section fails. See bench/README.md.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { findPrograms } from '../scripts/tools/find-programs.ts';
import { ROOT } from '../scripts/tools/run-node.ts';
import {
  isMet,
  renderSection,
  type Figure,
  type Report,
  type Section,
  type SectionContext,
  type SectionReport,
} from './report.ts';
import { burstSection } from './sections/burst.ts';
import { driftSection } from './sections/drift.ts';
import { fleetSection } from './sections/fleet.ts';
import { floorSection } from './sections/floor.ts';
import { historySection } from './sections/history.ts';
import { modelsSection } from './sections/models.ts';
import { startSection } from './sections/start.ts';
import { warmStartSection } from './sections/warm-start.ts';
import { watchSection } from './sections/watch.ts';
import { closeOpenBeds } from './support/bed.ts';
import { describeMachine } from './support/machine.ts';

const sections: readonly Section[] = [
  floorSection,
  startSection,
  burstSection,
  watchSection,
  fleetSection,
  warmStartSection,
  historySection,
  modelsSection,
  driftSection,
];

async function runSection(section: Section, context: SectionContext): Promise<SectionReport> {
  const { name, title } = section;
  const startedAt = performance.now();
  const secondsNow = () => Math.round((performance.now() - startedAt) / 100) / 10;
  try {
    return { name, title, ...(await section.run(context)), seconds: secondsNow() };
  } catch (error) {
    // The other sections' numbers stand, whatever became of this one.
    context.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return { name, title, figures: [], details: {}, seconds: secondsNow(), fault: String(error) };
  }
}

async function main(options: { quick: boolean; only?: readonly string[]; out: string }): Promise<void> {
  Object.assign(process.env, await findPrograms());
  const context: SectionContext = { quick: options.quick, say: (line) => process.stderr.write(`${line}\n`) };
  const startedAt = new Date().toISOString();
  const machine = await describeMachine();
  await mkdir(dirname(options.out), { recursive: true });
  const chosen = sections.filter(({ name }) => options.only?.includes(name) ?? true);
  const reports: SectionReport[] = [];
  let goalsMet = false;
  for (const section of chosen) {
    context.say(`${section.name}: ${section.title} …`);
    const report = await runSection(section, context);
    console.log(`${renderSection(report)}\n`);
    reports.push(report);
    goalsMet = reports.length === chosen.length && reports.every(isSound) && reports.flatMap(toFigures).every(isMet);
    // After each, so that a run that is ended early leaves what it has measured.
    const whole: Report = { format: 1, startedAt, quick: options.quick, machine, sections: reports, goalsMet };
    await writeFile(options.out, `${JSON.stringify(whole, null, 2)}\n`);
  }
  console.log(`${goalsMet ? 'All goals met' : 'NOT all goals met'}; written to ${options.out}`);
  // Run small, the numbers say nothing, and a goal missed is none.
  process.exitCode = goalsMet || (options.quick && reports.every(isSound)) ? 0 : 1;
}

function isSound({ fault }: SectionReport): boolean {
  return fault === undefined;
}

function toFigures({ figures }: SectionReport): readonly Figure[] {
  return figures;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void closeOpenBeds().finally(() => process.exit(130)));
}

const names = sections.map(({ name }) => name);
await new Command('bench')
  .description('measure Homeostat on this machine, on real servers')
  .option('--quick', 'run each section small: shows that it runs, the numbers say nothing', false)
  .addOption(new Option('--only <section...>', 'run these sections alone').choices(names))
  .option('--out <file>', 'where the JSON goes', join(ROOT, 'bench', 'results', 'latest.json'))
  .action(main)
  .parseAsync();
process.exit();
