import type { JsonObject } from './json.ts';
import type { RiskLevel } from './risk.ts';

/** A plan may not be longer; a longer one is `PLAN_TOO_LONG`. */
export const maximumSteps = 50;

/** One call of a tool, as a rule or a model proposes it: the runtime gives the id and has the last word on the risk. */
export interface StepDraft {
  readonly toolName: string;
  readonly parameters: JsonObject;
  readonly description: string;
  /** What the proposer claims; only ever raises the tool's own level. */
  readonly riskLevel?: RiskLevel;
}

export interface Step {
  /** `s1`, `s2`, … in the order of running. */
  readonly id: string;
  readonly toolName: string;
  /** May hold `{"$ref": "steps.<id>.result.<field>"}` in place of a value. */
  readonly parameters: JsonObject;
  readonly description: string;
  /** Effective: never below the tool's own level. */
  readonly riskLevel: RiskLevel;
}

/** What an agent wants done. No steps = nothing to do; an absent plan is an error. */
export interface ExecutionPlan<PlanStep = Step> {
  readonly steps: readonly PlanStep[];
  /** The highest level of its steps; `safe` without steps. */
  readonly riskLevel: RiskLevel;
  readonly reasoning: string;
  /** Of a repair by rules: names of the operator's runbooks that it follows. */
  readonly runbooks?: readonly string[];
}

/** Between the reasons for which a step waits. */
export const gateSeparator = '; ';

/** A step with all that the interpreter needs to run it; decided when the plan was sealed, never afterwards. */
export interface SealedStep extends Step {
  /** Digest of the tool's name, schemas, risk and effect as they were when the plan was sealed. */
  readonly toolDigest: string;
  /** Task queue its activity runs on. */
  readonly queue: string;
  /** Why this step waits for a person, reasons joined by `gateSeparator`; absent when it does not. */
  readonly gate?: string;
  readonly onFailure: 'abort' | 'skip';
  /** Milliseconds one attempt may take. */
  readonly timeoutMs: number;
  readonly maximumAttempts: number;
  /** One line for the Temporal UI: `[2/3] wait_for_ready(web-01)`. */
  readonly summary: string;
}

/** Why a plan waits for a person: the reasons of its steps, each once. */
export function showGates({ steps }: Pick<ExecutionPlan<SealedStep>, 'steps'>): string {
  return [...new Set(steps.flatMap(({ gate }) => gate?.split(gateSeparator) ?? []))].join(gateSeparator);
}
