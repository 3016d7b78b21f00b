import type { ApproachName } from './approaches/approach.ts';
import type { Results, ScenarioResult } from './results.ts';
import type { Cell, Score } from './score.ts';

const titles: Readonly<Record<ApproachName, string>> = {
  nothing: 'do nothing',
  restart: 'restart on failure',
  rules: 'Homeostat, rules alone',
  model: 'Homeostat, with a model',
};

/** Both tables, as markdown: whoever prints them can put them into a document. An empty cell was not measured. */
export function renderResults({ approaches, scenarios, trials }: Results): string {
  const names = Object.keys(titles) as ApproachName[];
  const summary = (type: 'faults' | 'controls', columns: readonly (readonly [string, (score: Score) => string])[]) => [
    toRow([type, ...columns.map(([title]) => title)]),
    toRow(['---', ...columns.map(() => '--:')]),
    ...names.map((name) => {
      const score = approaches[name]?.[type];
      return toRow([titles[name], ...columns.map(([, show]) => (score === undefined ? '' : show(score)))]);
    }),
  ];
  const eachTime = `all of ${trials}`;
  return [
    ...summary('faults', [
      ['detected', ({ detected }) => percent(detected)],
      ['located', ({ located }) => percent(located)],
      ['repaired', ({ repaired }) => percent(repaired)],
      [`repaired ${eachTime}`, ({ repairedEachTime }) => percent(repairedEachTime)],
      ['proven', ({ proven }) => percent(proven)],
      ['falsely proven', ({ proven, falselyProven }) => (proven === undefined ? '' : String(falselyProven))],
      ['seconds', ({ seconds }) => (seconds === undefined ? '' : seconds.toFixed(1))],
      ...costs,
    ]),
    '',
    ...summary('controls', [
      ['left alone', ({ repaired }) => percent(repaired)],
      [`left alone ${eachTime}`, ({ repairedEachTime }) => percent(repairedEachTime)],
      ...costs,
    ]),
    '',
    toRow(['scenario', 'restart would do', ...names.map((name) => titles[name])]),
    toRow(['---', '---', ...names.map(() => '---')]),
    ...scenarios.map((scenario) => renderScenario(scenario, names)),
  ].join('\n');
}

const costs: readonly (readonly [string, (score: Score) => string])[] = [
  ['model calls', ({ modelCalls }) => String(modelCalls ?? '')],
  ['tokens', ({ tokens }) => String(tokens ?? '')],
  ['effects', ({ effects }) => String(effects)],
  ['wrong effects', ({ wrongEffects }) => String(wrongEffects)],
];

function renderScenario({ id, type, restartWouldDo, cells }: ScenarioResult, names: readonly ApproachName[]): string {
  const kind = type === 'control' ? 'control' : restartWouldDo === true ? 'yes' : 'no';
  return toRow([id, kind, ...names.map((name) => renderCell(cells.find(({ approach }) => approach === name)))]);
}

/** `4/5 12.3 s **2 wrong**`: so many of the trials repaired or left alone, in the middle in so many seconds. */
function renderCell(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  const good = cell.trials.filter(({ repaired }) => repaired);
  const seconds = good.flatMap((trial) => trial.seconds ?? []).toSorted((left, right) => left - right);
  const middle = seconds[Math.floor((seconds.length - 1) / 2)];
  const wrong = [...cell.trials, ...cell.broken].flatMap(({ wrongEffects }) => wrongEffects).length;
  return [
    `${good.length}/${cell.trials.length + cell.broken.length}`,
    ...(middle === undefined ? [] : [`${middle.toFixed(1)} s`]),
    ...(cell.broken.length === 0 ? [] : [`**${cell.broken.length} without a verdict**`]),
    ...(wrong === 0 ? [] : [`**${wrong} wrong**`]),
  ].join(' ');
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(share * 100)} %`;
}

function toRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
