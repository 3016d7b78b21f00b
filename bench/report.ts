import { z } from 'zod';

/** One number of a section, with its goal where it has one. */
const figureSchema = z.strictObject({
  what: z.string(),
  measured: z.number(),
  unit: z.string(),
  goal: z.strictObject({ bound: z.enum(['at most', 'at least']), value: z.number() }).exactOptional(),
});
export type Figure = z.output<typeof figureSchema>;

const sectionReportSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  seconds: z.number(),
  figures: z.array(figureSchema),
  /** What the figures were made from. */
  details: z.record(z.string(), z.json()),
  /** Why it came to no figures. */
  fault: z.string().exactOptional(),
});
export type SectionReport = z.output<typeof sectionReportSchema>;

/** The JSON of one run of the benchmark. */
export const reportSchema = z.strictObject({
  format: z.literal(1),
  startedAt: z.iso.datetime(),
  /** Sections were run small: the numbers say only that the benchmark runs. */
  quick: z.boolean(),
  machine: z.record(z.string(), z.json()),
  sections: z.array(sectionReportSchema),
  goalsMet: z.boolean(),
});
export type Report = z.output<typeof reportSchema>;

/** What a section comes to. */
export type Findings = Pick<SectionReport, 'figures' | 'details'>;

export interface Section {
  readonly name: string;
  readonly title: string;
  run(context: SectionContext): Promise<Findings>;
}

export interface SectionContext {
  readonly quick: boolean;
  /** Tells a person what goes on. */
  say(line: string): void;
}

export function isMet({ measured, goal }: Figure): boolean {
  if (goal === undefined) return true;
  return goal.bound === 'at most' ? measured <= goal.value : measured >= goal.value;
}

/** The table of one section. */
export function renderSection({ name, title, seconds, figures, fault }: SectionReport): string {
  const rows = figures.map((figure) => [
    figure.what,
    `${figure.measured} ${figure.unit}`.trim(),
    figure.goal === undefined ? '' : `${figure.goal.bound} ${figure.goal.value}`,
    figure.goal === undefined ? '' : isMet(figure) ? 'met' : 'MISSED',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
  const failed = fault === undefined ? [] : [`  FAILED: ${fault}`];
  return [`${name}: ${title} (${seconds} s)`, ...lines.map((line) => line.trimEnd()), ...failed].join('\n');
}
