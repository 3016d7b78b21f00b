import type { z } from 'zod';
import type { Log } from '../domain/log.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Probed } from '../domain/outcome.ts';
import type { StepDraft } from '../domain/plan.ts';
import type { RiskLevel } from '../domain/risk.ts';
import type { Referable, StepReference } from './step-reference.ts';

/** What a tool gets to act with. */
export interface ToolContext {
  /** Aborted when the run is cancelled, the attempt's time is up or the worker shuts down. Pass it on. */
  readonly signal: AbortSignal;
  /** Hand it to the target, so that the target does the effect at most once. */
  readonly idempotencyKey: string;
  /** 1, 2, … of this key; a probe fences all attempts with a lower number. */
  readonly attempt: number;
  /** The deterministic name for the resource's real thing. */
  readonly externalName: string;
  readonly resource: ResourceKey;
  readonly log: Log;
  /** Says that work goes on; the runtime does so by itself every second too. */
  heartbeat(): void;
  /** The secret of the resource's tenant that a `secretRef` names. Never put it into a result, an error or a log. */
  secret(name: string): Promise<string>;
}

/** What a tool may judge its risk by, besides its parameters. */
export interface RiskFacts {
  /** Last applied labels and new ones: taking a label off does not lower the risk of the change that does it. */
  readonly labels: readonly Readonly<Record<string, string>>[];
  /**
   * Last applied spec and new one, as far as there are such: what somebody wrote. Each as its kind's schema read it, with
   * defaults filled in; the last applied one by the release that applied it, so parse it before fields are compared.
   */
  readonly specs: readonly JsonObject[];
}

/**
 * A typed tool: the only way anything outside is touched.
 *
 * The runtime calls `execute` from the `executeStep` activity alone, after it has checked the grant and the parameters.
 * A call may be repeated and must then succeed: for `effect: 'write'` the ledger asks `probe` first. An error with code
 * `EFFECT_REFUSED` says that nothing happened, and so do `EFFECT_FENCED`, `IMAGE_NOT_FOUND`, `IMAGE_DIGEST_MISMATCH`,
 * `COMMAND_NOT_FOUND` and `PORT_TAKEN`; any other error of a write leaves that open.
 */
export interface Tool<Parameters = unknown, Result = unknown> {
  /** `verb_noun`, lower case: what plans and models call it by. */
  readonly name: string;
  /** One sentence: what a step of it says in a plan, and what a model is told of it. */
  readonly description: string;
  readonly riskLevel: RiskLevel;
  /** `write` for everything that changes something outside. Left out: `read`. */
  readonly effect: 'read' | 'write';
  readonly parameters: z.ZodType<Parameters>;
  readonly result: z.ZodType<Result>;
  /** Doing it twice is the same as doing it once, so it may be done again when nobody knows. Left out: it is not. */
  readonly conditional: boolean;
  /** Milliseconds one attempt may take. Left out: 30 s. */
  readonly timeoutMs: number;
  /** Left out: 3. */
  readonly maximumAttempts: number;
  /**
   * Left out: `abort`. `skip`: when it fails, the plan goes on without its result, unless the effect may have taken place;
   * of a `conditional` tool that cannot say, it goes on too.
   */
  readonly onFailure: 'abort' | 'skip';
  execute(context: ToolContext, parameters: Parameters): Promise<Result>;
  /** What became of an earlier attempt under the same key; has ten seconds. Without it, and not `conditional`, a person is asked. */
  probe?(context: ToolContext, parameters: Parameters): Promise<Probed<Result>>;
  /** Raises the risk by parameters, labels and specs; a lower answer than `riskLevel` changes nothing. Pure. */
  raiseRisk?(parameters: Parameters, facts: RiskFacts): RiskLevel;
  /** A step that calls this tool, for rules; checked at compile time. */
  step(parameters: Referable<Parameters>, description?: string): ToolStep<Result>;
}

/** A proposed step whose result later steps can refer to. */
export interface ToolStep<Result> extends StepDraft {
  readonly result: StepReference<Result>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- variance: a Tool<Parameters> is not a Tool<unknown>
export type AnyTool = Tool<any, any>;
