import type { ApproachName } from './approaches/approach.ts';
import type { Scenario } from './scenario.ts';
import { scoreCells, type Cell, type Score } from './score.ts';

/** The JSON of one run of the suite. */
export interface Results {
  readonly format: 1;
  readonly startedAt: string;
  readonly seconds: number;
  readonly seed: number;
  /** Of each scenario with each approach. */
  readonly trials: number;
  readonly machine: object;
  /** Scenarios that could not be run here, with why. */
  readonly leftOut: readonly { readonly id: string; readonly why: string }[];
  readonly approaches: Readonly<Partial<Record<ApproachName, { readonly faults: Score; readonly controls: Score }>>>;
  readonly scenarios: readonly ScenarioResult[];
}

export interface ScenarioResult {
  readonly id: string;
  readonly what: string;
  readonly type: Scenario['type'];
  readonly restartWouldDo?: boolean;
  readonly cells: readonly Cell[];
}

export function toScenarioResults(scenarios: readonly Scenario[], cells: readonly Cell[]): readonly ScenarioResult[] {
  return scenarios.map((scenario) => ({
    id: scenario.id,
    what: scenario.what,
    type: scenario.type,
    ...(scenario.type === 'fault' ? { restartWouldDo: scenario.restartWouldDo } : {}),
    cells: cells.filter((cell) => cell.scenario === scenario.id),
  }));
}

/** The score of each approach over the faults and over the controls. */
export function scoreApproaches(
  scenarios: readonly Scenario[],
  cells: readonly Cell[],
  approaches: readonly ApproachName[],
): Results['approaches'] {
  const of = (approach: ApproachName, type: Scenario['type']) => {
    const ids = new Set(scenarios.filter((scenario) => scenario.type === type).map(({ id }) => id));
    return scoreCells(cells.filter((cell) => cell.approach === approach && ids.has(cell.scenario)));
  };
  return Object.fromEntries(
    approaches.map((approach) => [approach, { faults: of(approach, 'fault'), controls: of(approach, 'control') }]),
  );
}

/**
 * Effects by Homeostat that should not have been, or its trials without a verdict, of which nobody knows: both must be 0.
 */
export function countOfHomeostat(approaches: Results['approaches'], field: 'wrongEffects' | 'broken'): number {
  return (['rules', 'model'] as const)
    .flatMap((name) => approaches[name] ?? [])
    .reduce((sum, { faults, controls }) => sum + faults[field] + controls[field], 0);
}
