import type { JsonObject } from './json.ts';

/** The value of `kinds/<Kind>`: what doors check resources of the kind against. */
export interface PublishedKind {
  readonly kind: string;
  readonly agent: string;
  /** Paths in the spec that cannot change. */
  readonly immutable: readonly string[];
  /** JSON Schema, draft 2020-12. */
  readonly spec: JsonObject;
  readonly status: JsonObject;
}

/** `rules-first`: a model is asked only for what no rule knows; `model`: for every change, where one is configured. */
export const planningWays = ['rules-first', 'model'] as const;
export type PlanningWay = (typeof planningWays)[number];

/** The value of `agents/<agent>`: what people can list. */
export interface PublishedAgent {
  readonly name: string;
  readonly purpose: string;
  readonly kinds: readonly string[];
  readonly tools: readonly PublishedTool[];
  /** How it plans where the configuration does not say; absent = `rules-first`. */
  readonly planning?: PlanningWay;
}

export interface PublishedTool {
  readonly name: string;
  readonly description: string;
  readonly riskLevel: string;
  readonly effect: 'read' | 'write';
  readonly parameters: readonly {
    readonly name: string;
    readonly type: string;
    readonly description: string;
    readonly required: boolean;
  }[];
}
